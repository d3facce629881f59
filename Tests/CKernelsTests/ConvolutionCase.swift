import CKernels
import Testing

/// A convolution with random operands.
struct ConvolutionCase: CustomTestStringConvertible {
    var shape: needletail_convolution
    let testDescription: String

    /// - Parameter extra: Rows and columns of output beyond those that symmetric padding gives.
    init(
        batch: Int = 1, _ height: Int, _ width: Int, in inputs: Int, out outputs: Int, kernel: (Int, Int) = (3, 3),
        stride: Int = 1, dilation: Int = 1, padding: (Int, Int) = (1, 1), groups: Int = 1, extra: Int = 0
    ) {
        func output(_ size: Int, _ kernel: Int, _ padding: Int) -> Int32 {
            Int32((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1 + extra)
        }
        shape = needletail_convolution(
            n: Int32(batch), h: Int32(height), w: Int32(width), c_in: Int32(inputs), c_out: Int32(outputs),
            kernel_h: Int32(kernel.0), kernel_w: Int32(kernel.1), stride: Int32(stride), dilation: Int32(dilation),
            pad_h: Int32(padding.0), pad_w: Int32(padding.1), groups: Int32(groups),
            out_h: output(height, kernel.0, padding.0), out_w: output(width, kernel.1, padding.1), variant: nil)
        testDescription =
            "\(batch)x\(height)x\(width), \(inputs)-\(outputs) channels, kernel \(kernel.0)x\(kernel.1), "
            + "stride \(stride), dilation \(dilation), padding \(padding.0),\(padding.1), \(groups) groups"
    }

    /// The convolution by one variant's kernels.
    func shape(_ variant: Variant) -> needletail_convolution {
        var shape = shape
        shape.variant = variant.kernels
        return shape
    }

    var inputCount: Int { Int(shape.n * shape.h * shape.w * shape.c_in) }
    var outputCount: Int { Int(shape.n * shape.out_h * shape.out_w * shape.c_out) }
    var weightCount: Int { Int(shape.c_out * (shape.c_in / shape.groups) * shape.kernel_h * shape.kernel_w) }

    /// The algorithms that can compute it.
    var algorithms: [needletail_algorithm] {
        [needletail_direct, needletail_winograd_4, needletail_winograd_2, needletail_depthwise].filter { algorithm in
            withUnsafePointer(to: shape) { needletail_convolution_supports($0, algorithm) != 0 }
        }
    }

    /// Odd sizes, channel counts on both sides of every vector width, maps smaller than a tile, strides, dilations,
    /// groups, and paddings that are not symmetric.
    static let all: [ConvolutionCase] = [
        ConvolutionCase(13, 17, in: 16, out: 32),
        ConvolutionCase(batch: 2, 9, 6, in: 37, out: 43),
        ConvolutionCase(batch: 3, 7, 7, in: 64, out: 96),
        ConvolutionCase(1, 1, in: 20, out: 5),
        ConvolutionCase(2, 3, in: 5, out: 33),
        ConvolutionCase(30, 27, in: 48, out: 80),
        ConvolutionCase(11, 10, in: 19, out: 21, padding: (0, 2)),
        ConvolutionCase(11, 10, in: 32, out: 16, padding: (2, 0), extra: 1),
        ConvolutionCase(14, 15, in: 32, out: 40, stride: 2),
        ConvolutionCase(batch: 2, 9, 8, in: 23, out: 30, stride: 3),
        ConvolutionCase(12, 12, in: 16, out: 35, dilation: 2, padding: (2, 2)),
        ConvolutionCase(15, 13, in: 30, out: 17, stride: 2, dilation: 3, padding: (3, 4)),
        ConvolutionCase(28, 30, in: 3, out: 64, kernel: (7, 7), stride: 2, padding: (3, 3)),
        ConvolutionCase(batch: 2, 10, 11, in: 70, out: 130, kernel: (1, 1), padding: (0, 0)),
        ConvolutionCase(7, 7, in: 1024, out: 40, kernel: (1, 1), padding: (0, 0)),
        ConvolutionCase(9, 9, in: 48, out: 64, kernel: (1, 1), stride: 2, padding: (0, 0)),
        ConvolutionCase(8, 9, in: 17, out: 18, kernel: (2, 5), padding: (0, 2)),
        ConvolutionCase(3, 3, in: 4, out: 6, kernel: (5, 5), stride: 4, padding: (2, 2)),
        ConvolutionCase(9, 10, in: 24, out: 36, groups: 4),
        ConvolutionCase(9, 10, in: 96, out: 80, stride: 2, groups: 2),
        ConvolutionCase(12, 13, in: 40, out: 40, groups: 40),
        ConvolutionCase(13, 12, in: 19, out: 19, stride: 2, groups: 19),
        ConvolutionCase(11, 9, in: 32, out: 32, kernel: (5, 3), dilation: 2, padding: (4, 2), groups: 32),
    ]
}

/// Numbers that are the same on every run (Marsaglia's xorshift with 64 bits).
struct RandomFloats {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// `count` numbers between -1 and 1.
    mutating func next(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Float(state >> 40) / Float(1 << 23) - 1
        }
    }

    /// The numbers 0 to `count`, cut into ranges of one to three and shuffled.
    mutating func ranges(_ count: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        while let begin = ranges.last?.upperBound ?? (count > 0 ? 0 : nil), begin < count {
            let length = 1 + Int((next(1)[0] + 1) * 1.49)
            ranges.append(begin..<min(count, begin + length))
        }
        for index in ranges.indices.reversed() {
            ranges.swapAt(index, Int((next(1)[0] + 1) / 2 * Float(index)))
        }
        return ranges
    }
}
