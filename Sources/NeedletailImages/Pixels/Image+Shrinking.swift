extension Image {
    /// The image at a whole fraction of its size, every pixel the mean of a square; a rest at the right and lower edge
    /// is left out.
    ///
    /// - Parameter factor: At most the shorter side.
    package func shrunk(by factor: Int) -> Image {
        let (newWidth, newHeight) = (width / factor, height / factor)
        let (channels, length) = (channels, channels * newWidth)
        let area = UInt64(factor * factor)
        // A sum below 2⁸ · area, times this and without its last 48 bits, is the sum divided by the area, unless that is huge.
        let share = ((1 << 48) + area - 1) / area, isExact = area < 1 << 20
        let shrunk = [UInt8](unsafeUninitializedCapacity: length * newHeight) { target, initialized in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: length * factor) { scratch in
                guard let columns = scratch.baseAddress, var end = target.baseAddress else { return }
                withUnsafeBytes { source in
                    for y in 0..<newHeight {
                        // Rows first, because they lie together.
                        columns.initialize(repeating: 0, count: length * factor)
                        for row in y * factor..<(y + 1) * factor {
                            let line = UnsafeBufferPointer(
                                rebasing: source[row * rowStride..<row * rowStride + length * factor])
                            for i in 0..<line.count { columns[i] &+= UInt32(line[i]) }
                        }
                        var start = columns
                        for _ in 0..<newWidth {
                            for c in 0..<channels {
                                var (sum, place) = (area / 2, c)
                                for _ in 0..<factor {
                                    sum &+= UInt64(start[place])
                                    place &+= channels
                                }
                                end[c] = UInt8(truncatingIfNeeded: isExact ? (sum &* share) >> 48 : sum / area)
                            }
                            end += channels
                            start += channels * factor
                        }
                    }
                }
            }
            initialized = length * newHeight
        }
        return Image(width: newWidth, height: newHeight, format: format, bytes: shrunk)
    }
}
