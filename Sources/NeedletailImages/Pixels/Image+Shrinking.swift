extension Image {
    /// The image at a whole fraction of its size, every pixel the mean of a square; a rest at the right and lower edge
    /// is left out.
    ///
    /// - Parameter factor: At most the shorter side.
    package func shrunk(by factor: Int) -> Image {
        let (newWidth, newHeight) = (width / factor, height / factor)
        let (channels, length) = (channels, channels * newWidth)
        let area = UInt32(factor * factor)
        let shrunk = [UInt8](unsafeUninitializedCapacity: length * newHeight) { target, initialized in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: channels * newWidth * factor + length) { scratch in
                guard let columns = scratch.baseAddress else { return }
                let sums = columns + channels * newWidth * factor
                withUnsafeBytes { source in
                    for y in 0..<newHeight {
                        // Rows first, because they lie together.
                        columns.update(repeating: 0, count: length * factor)
                        for row in y * factor..<(y + 1) * factor {
                            for i in 0..<length * factor { columns[i] += UInt32(source[row * rowStride + i]) }
                        }
                        sums.update(repeating: area / 2, count: length)
                        for x in 0..<newWidth {
                            for k in 0..<factor {
                                for c in 0..<channels {
                                    sums[channels * x + c] += columns[channels * (x * factor + k) + c]
                                }
                            }
                        }
                        for i in 0..<length { target[y * length + i] = UInt8(truncatingIfNeeded: sums[i] / area) }
                    }
                }
            }
            initialized = length * newHeight
        }
        return Image(width: newWidth, height: newHeight, format: format, bytes: shrunk)
    }
}
