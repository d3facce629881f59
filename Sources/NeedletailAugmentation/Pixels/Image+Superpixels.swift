import NeedletailImages
import NeedletailRandom

extension Image {
    /// Some segments of similar pixels in their mean colour.
    ///
    /// - Parameters:
    ///   - segments: About how many.
    ///   - share: Of the segments, in how many it is done.
    func superpixelated(segments: Int, share: Double, from stream: inout RandomStream) -> Image {
        // Where segments end is found on a small copy.
        let scale = min(160 / Double(max(width, height)), 1)
        let small = resized(
            width: max(Int(Double(width) * scale), 1), height: max(Int(Double(height) * scale), 1))
        let (labels, count) = small.segmented(about: segments)
        var sums = [SIMD4<Int>](repeating: .zero, count: count)
        let isReplaced = (0..<count).map { _ in Double(stream.nextUnit()) < share }
        func forEachPixel(_ body: (_ index: Int, _ label: Int) -> Void) {
            for y in 0..<height {
                let row = y * small.height / height * small.width
                for x in 0..<width { body(3 * (y * width + x), labels[row + x * small.width / width]) }
            }
        }
        withUnsafeBytes { bytes in
            forEachPixel { sums[$1] &+= SIMD4(Int(bytes[$0]), Int(bytes[$0 + 1]), Int(bytes[$0 + 2]), 1) }
        }
        let means = sums.map { ($0 &+ SIMD4(repeating: max($0.w, 1) / 2)) / SIMD4(repeating: max($0.w, 1)) }
        var result = self
        result.withUnsafeMutableBytes { bytes in
            forEachPixel { index, label in
                guard isReplaced[label] else { return }
                for c in 0..<3 { bytes[index + c] = UInt8(means[label][c]) }
            }
        }
        return result
    }

    /// Simple linear iterative clustering (Achanta et al., "SLIC Superpixels", 2010) in RGB.
    ///
    /// - Returns: The segment of every pixel, and how many there are.
    private func segmented(about segments: Int) -> (labels: [Int], count: Int) {
        let spacing = max((Double(width * height) / Double(segments)).squareRoot(), 1)
        let columns = max(Int((Double(width) / spacing).rounded()), 1)
        let rows = max(Int((Double(height) / spacing).rounded()), 1)
        // A pixel is its colour and its place, so that a spacing counts as much as 40 of 255.
        let weight = Float(40 / spacing)
        let pixels = withUnsafeBytes { bytes in
            (0..<width * height).map { i in
                SIMD8(
                    Float(bytes[3 * i]), Float(bytes[3 * i + 1]), Float(bytes[3 * i + 2]), weight * Float(i % width),
                    weight * Float(i / width), 1, 0, 0)
            }
        }
        var centers = (0..<columns * rows).map { k in
            pixels[
                (2 * (k / columns) + 1) * height / (2 * rows) * width + (2 * (k % columns) + 1) * width / (2 * columns)]
        }
        var labels = [Int](repeating: 0, count: pixels.count)
        let reach = Int(spacing.rounded(.up)) + 1
        for _ in 0..<5 {
            var distances = [Float](repeating: .infinity, count: pixels.count)
            for (label, center) in centers.enumerated() {
                let x = Int(center[3] / weight), y = Int(center[4] / weight)
                for row in max(y - reach, 0)..<min(y + reach + 1, height) {
                    for i in row * width + max(x - reach, 0)..<row * width + min(x + reach + 1, width) {
                        let difference = pixels[i] - center
                        let distance = (difference * difference).sum()
                        if distance < distances[i] { (distances[i], labels[i]) = (distance, label) }
                    }
                }
            }
            var sums = [SIMD8<Float>](repeating: .zero, count: centers.count)
            for (pixel, label) in zip(pixels, labels) { sums[label] += pixel }
            for (k, sum) in sums.enumerated() where sum[5] > 0 { centers[k] = sum / sum[5] }
        }
        return (labels, centers.count)
    }
}
