import NeedletailImages
import NeedletailRandom

/// Filters that are no sum of weighted neighbours.
extension Image {
    /// Each channel's median of the square around a pixel (Huang et al., "A Fast Two-Dimensional Median Filtering
    /// Algorithm", 1979): the window moves along a row, and counts of its values with it.
    func medianFiltered(radius: Int) -> Image {
        guard radius > 0 else { return self }
        let padded = mirrored(margin: radius)
        let (side, stride) = (2 * radius + 1, padded.rowStride)
        let half = side * side / 2
        var result = self
        var counts = [Int32](repeating: 0, count: 256)
        counts.withUnsafeMutableBufferPointer { counts in
            result.withUnsafeMutableBytes { target in
                padded.withUnsafeBytes { source in
                    for row in 0..<3 * height {
                        let (y, channel) = (row / 3, row % 3)
                        counts.update(repeating: 0)
                        var median = 0
                        // Samples in the window that are below the median.
                        var below = 0
                        for x in 0..<width + side - 1 {
                            let first = y * stride + 3 * x + channel
                            for k in 0..<side {
                                let value = Int(source[first + k * stride])
                                counts[value] += 1
                                if value < median { below += 1 }
                            }
                            guard x >= side - 1 else { continue }
                            while below > half {
                                median -= 1
                                below -= Int(counts[median])
                            }
                            while below + Int(counts[median]) <= half {
                                below += Int(counts[median])
                                median += 1
                            }
                            target[y * rowStride + 3 * (x - side + 1) + channel] = UInt8(truncatingIfNeeded: median)
                            for k in 0..<side {
                                let value = Int(source[first - 3 * (side - 1) + k * stride])
                                counts[value] -= 1
                                if value < median { below -= 1 }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// The mean of the image and of its middle enlarged to the same size, up to a factor.
    func zoomBlurred(factor: Double, step: Double) -> Image {
        var result = self
        for (index, scale) in stride(from: 1 + step, through: factor, by: step).enumerated() {
            let (width, height) = (max(Int(Double(width) / scale), 1), max(Int(Double(height) / scale), 1))
            let middle = cropped(
                x: (self.width - width) / 2, y: (self.height - height) / 2, width: width, height: height)
            // The mean so far is of one more image than the index says.
            result.place(
                middle.resized(width: self.width, height: self.height), x: 0, y: 0, within: frame,
                share: 1 / Float(index + 2))
        }
        return result
    }

    /// Every pixel, row by row, exchanged with one near by, as ground glass does.
    func scattered(distance: Int, iterations: Int, from stream: inout RandomStream) -> Image {
        var result = self
        let side = 2 * distance + 1
        result.withUnsafeMutableBytes { bytes in
            for pixel in 0..<iterations * width * height {
                let x = pixel % width, y = pixel / width % height
                let draw = stream.below(side * side)
                let column = min(max(x + draw % side - distance, 0), width - 1)
                let row = min(max(y + draw / side - distance, 0), height - 1)
                let (here, there) = (3 * (y * width + x), 3 * (row * width + column))
                for c in 0..<3 { (bytes[here + c], bytes[there + c]) = (bytes[there + c], bytes[here + c]) }
            }
        }
        return result
    }

    /// At a lower resolution, in squares.
    func pixelated(scale: Double) -> Image {
        guard scale < 1 else { return self }
        let small = blurred(deviation: Float(0.4 / scale)).resized(
            width: max(Int(Double(width) * scale), 1), height: max(Int(Double(height) * scale), 1))
        var result = self
        result.withUnsafeMutableBytes { target in
            small.withUnsafeBytes { source in
                for y in 0..<height {
                    let row = y * small.height / height * small.width
                    for x in 0..<width {
                        let from = 3 * (row + x * small.width / width), to = 3 * (y * width + x)
                        for c in 0..<3 { target[to + c] = source[from + c] }
                    }
                }
            }
        }
        return result
    }
}
