/// Weights, images and boxes by formula: the mirror, bit for bit, of `Tests/References/formula.py`.
public enum Formula {
    /// Numbers in `[0, 1)`.
    public static func unit(_ name: String, count: Int) -> [Float] {
        let hash = hash(name)
        return (0..<count).map { index in
            var mixed = hash &+ UInt64(index) &+ 0x9e37_79b9_7f4a_7c15
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            mixed ^= mixed >> 31
            return Float(mixed >> 40) * 0x1p-24
        }
    }

    /// FNV-1a of 64 bits.
    public static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// Numbers in `[-1, 1)`.
    public static func signed(_ name: String, count: Int) -> [Float] {
        unit(name, count: count).map { 2 * $0 - 1 }
    }

    /// The values of a parameter or buffer.
    public static func parameter(_ name: String, shape: [Int], classificationBias: Float = -4) -> [Float] {
        let count = shape.reduce(1, *)
        if name.hasSuffix("running_var") { return unit(name, count: count).map { 0.5 + $0 } }
        if name.hasSuffix("running_mean") { return signed(name, count: count).map { 0.2 * $0 } }
        if shape.count >= 2 {
            let bound = Float((3.0 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
            return signed(name, count: count).map { $0 * bound }
        }
        if name.hasSuffix("cls_logits.bias") {
            return signed(name, count: count).map {
                let part = 0.1 * $0
                return classificationBias + part
            }
        }
        if name.hasSuffix("bias") { return signed(name, count: count).map { 0.1 * $0 } }
        let base: Float = name.hasSuffix("bn2.weight") || name.hasSuffix("bn3.weight") ? 0.25 : 0.75
        return unit(name, count: count).map {
            let part = 0.5 * $0
            return base + part
        }
    }

    /// The bytes of an image, `[height, width, 3]`.
    public static func image(_ name: String, width: Int, height: Int) -> [UInt8] {
        let fine = unit(name, count: height * width * 3)
        let blockColumns = (width + 15) / 16, blockRows = (height + 15) / 16
        let blocks = unit(name + ".block", count: blockRows * blockColumns * 3)
        var bytes = [UInt8](repeating: 0, count: fine.count)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    let index = (y * width + x) * 3 + channel
                    let block = ((y / 16) * blockColumns + x / 16) * 3 + channel
                    bytes[index] = UInt8(fine[index] * 64) + UInt8(blocks[block] * 192)
                }
            }
        }
        return bytes
    }

    /// Boxes as corners.
    public static func boxes(
        _ name: String, count: Int, width: Float, height: Float, low: Float, high: Float
    ) -> [SIMD4<Float>] {
        let numbers = unit(name, count: count * 4)
        return (0..<count).map { index in
            let x = numbers[4 * index] * width, y = numbers[4 * index + 1] * height
            let boxWidth = low + numbers[4 * index + 2] * (high - low)
            let boxHeight = low + numbers[4 * index + 3] * (high - low)
            return SIMD4(x, y, x + boxWidth, y + boxHeight)
        }
    }

    /// The places at which a fixture samples an array.
    public static func sampleIndices(total: Int, count: Int = 64) -> [Int] {
        total > count ? (0..<count).map { $0 * total / count } : Array(0..<total)
    }
}
