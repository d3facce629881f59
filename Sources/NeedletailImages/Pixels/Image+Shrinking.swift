extension Image {
    /// The image at a whole fraction of its size, every pixel the mean of a square; a rest at the right and lower edge
    /// is left out.
    ///
    /// - Parameter factor: At most the shorter side.
    package func shrunk(by factor: Int) -> Image {
        // Of so many rows and no more, a column's sum has 16 bits, of which twice as many are added at once.
        factor < 1 << 8 ? shrunk(by: factor, sums: UInt16.self) : shrunk(by: factor, sums: UInt64.self)
    }

    private func shrunk<Sum: FixedWidthInteger & UnsignedInteger>(by factor: Int, sums: Sum.Type) -> Image {
        let (newWidth, newHeight) = (width / factor, height / factor)
        let (channels, length) = (channels, channels * newWidth)
        let shrunk = [UInt8](unsafeUninitializedCapacity: length * newHeight) { target, initialized in
            withUnsafeTemporaryAllocation(of: Sum.self, capacity: length * factor) { scratch in
                guard let columns = scratch.baseAddress, var end = target.baseAddress else { return }
                columns.initialize(repeating: 0, count: length * factor)
                withUnsafeBytes { source in
                    for y in 0..<newHeight {
                        // Rows first, because they lie together.
                        for row in y * factor..<(y + 1) * factor {
                            let line = UnsafeBufferPointer(
                                rebasing: source[row * rowStride..<row * rowStride + length * factor])
                            if row == y * factor {
                                for i in 0..<line.count { columns[i] = Sum(truncatingIfNeeded: line[i]) }
                            } else {
                                for i in 0..<line.count { columns[i] &+= Sum(truncatingIfNeeded: line[i]) }
                            }
                        }
                        // With numbers that are known here the loops inside are none, which takes a third of the time.
                        switch (factor, channels) {
                        case (2, 3): Self.average(columns, into: end, count: newWidth, factor: 2, channels: 3)
                        case (3, 3): Self.average(columns, into: end, count: newWidth, factor: 3, channels: 3)
                        case (4, 3): Self.average(columns, into: end, count: newWidth, factor: 4, channels: 3)
                        default:
                            Self.average(columns, into: end, count: newWidth, factor: factor, channels: channels)
                        }
                        end += length
                    }
                }
            }
            initialized = length * newHeight
        }
        return Image(width: newWidth, height: newHeight, format: format, bytes: shrunk)
    }

    /// A row of `count` pixels from the sums of their columns.
    @inline(__always)
    private static func average<Sum: FixedWidthInteger & UnsignedInteger>(
        _ columns: UnsafePointer<Sum>, into target: UnsafeMutablePointer<UInt8>, count: Int, factor: Int,
        channels: Int
    ) {
        let area = UInt64(factor * factor)
        // A sum below 2⁸ · area, times this and without its last 48 bits, is the sum divided by the area, unless that is huge.
        let share = ((1 << 48) + area - 1) / area, isExact = area < 1 << 20
        var (start, end) = (columns, target)
        for _ in 0..<count {
            for c in 0..<channels {
                var sum = area / 2
                for column in 0..<factor { sum &+= UInt64(truncatingIfNeeded: start[c &+ column &* channels]) }
                end[c] = UInt8(truncatingIfNeeded: isExact ? (sum &* share) >> 48 : sum / area)
            }
            end += channels
            start += channels &* factor
        }
    }
}
