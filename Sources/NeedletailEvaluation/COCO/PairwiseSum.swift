extension UnsafeBufferPointer<Double> {
    /// The sum as numpy computes it: pairwise halves, eight running sums in blocks of at most 128.
    ///
    /// The order of additions decides the last bits of a mean, and the COCO numbers are means of numpy.
    func pairwiseSum() -> Double {
        if count < 8 { return reduce(0, +) }
        if count <= 128 {
            var sums = SIMD8<Double>()
            for lane in 0..<8 { sums[lane] = self[lane] }
            var index = 8
            while index + 8 <= count {
                for lane in 0..<8 { sums[lane] += self[index + lane] }
                index += 8
            }
            var total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
            while index < count {
                total += self[index]
                index += 1
            }
            return total
        }
        let half = count / 2 - (count / 2) % 8
        return UnsafeBufferPointer(rebasing: self[..<half]).pairwiseSum()
            + UnsafeBufferPointer(rebasing: self[half...]).pairwiseSum()
    }
}

extension [Double] {
    /// `numpy.mean` to the last bit, or −1 of nothing, as COCO has it.
    var cocoMean: Double {
        isEmpty ? -1 : withUnsafeBufferPointer { $0.pairwiseSum() } / Double(count)
    }
}
