import CKernels
import NeedletailKernels
import ReferenceKernels
import Testing

/// A convolution on random operands.
struct ConvolutionCase: CustomTestStringConvertible {
    let geometry: ConvolutionShape

    init(
        batch: Int = 1, _ height: Int, _ width: Int, in inputs: Int, out outputs: Int, kernel: Extent = 3,
        stride: Extent = 1, dilation: Extent = 1, padding: EdgePadding = 1, groups: Int = 1
    ) {
        geometry = ConvolutionShape(
            batch: batch, inputHeight: height, inputWidth: width, inputChannels: inputs, outputChannels: outputs,
            kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    var testDescription: String {
        "\(geometry.batch)x\(geometry.inputHeight)x\(geometry.inputWidth), \(geometry.inputChannels)-"
            + "\(geometry.outputChannels) channels, kernel \(geometry.kernel), stride \(geometry.stride), "
            + "dilation \(geometry.dilation), \(geometry.padding), \(geometry.groups) groups"
    }

    /// The convolution by one variant's kernels, or the default ones.
    func shape(_ variant: Variant? = nil) -> needletail_convolution {
        needletail_convolution(
            n: Int32(geometry.batch), h: Int32(geometry.inputHeight), w: Int32(geometry.inputWidth),
            c_in: Int32(geometry.inputChannels), c_out: Int32(geometry.outputChannels),
            kernel_h: Int32(geometry.kernel.height), kernel_w: Int32(geometry.kernel.width),
            stride_h: Int32(geometry.stride.height), stride_w: Int32(geometry.stride.width),
            dilation_h: Int32(geometry.dilation.height), dilation_w: Int32(geometry.dilation.width),
            pad_h: Int32(geometry.padding.top), pad_w: Int32(geometry.padding.left), groups: Int32(geometry.groups),
            out_h: Int32(geometry.outputHeight), out_w: Int32(geometry.outputWidth), variant: variant?.kernels)
    }

    /// The algorithms that can compute it.
    var algorithms: [needletail_algorithm] {
        [needletail_direct, needletail_winograd_4, needletail_winograd_2, needletail_depthwise].filter { algorithm in
            withUnsafePointer(to: shape()) { needletail_convolution_supports($0, algorithm) != 0 }
        }
    }

    /// Odd sizes, channel counts on both sides of every vector width, maps smaller than a tile, strides, dilations,
    /// groups, kernels that are not square, and paddings that are not symmetric.
    static let all: [ConvolutionCase] = [
        ConvolutionCase(13, 17, in: 16, out: 32),
        ConvolutionCase(batch: 2, 9, 6, in: 37, out: 43),
        ConvolutionCase(batch: 3, 7, 7, in: 64, out: 96),
        ConvolutionCase(1, 1, in: 20, out: 5),
        ConvolutionCase(2, 3, in: 5, out: 33),
        ConvolutionCase(30, 27, in: 48, out: 80),
        ConvolutionCase(11, 10, in: 19, out: 21, padding: EdgePadding(vertical: 0, horizontal: 2)),
        ConvolutionCase(11, 10, in: 32, out: 16, padding: EdgePadding(top: 2, left: 0, bottom: 3, right: 1)),
        ConvolutionCase(14, 15, in: 32, out: 40, stride: 2),
        ConvolutionCase(batch: 2, 9, 8, in: 23, out: 30, stride: 3),
        ConvolutionCase(12, 12, in: 16, out: 35, dilation: 2, padding: 2),
        ConvolutionCase(
            15, 13, in: 30, out: 17, stride: 2, dilation: 3, padding: EdgePadding(vertical: 3, horizontal: 4)),
        ConvolutionCase(28, 30, in: 3, out: 64, kernel: 7, stride: 2, padding: 3),
        ConvolutionCase(batch: 2, 10, 11, in: 70, out: 130, kernel: 1, padding: 0),
        ConvolutionCase(7, 7, in: 1024, out: 40, kernel: 1, padding: 0),
        // Gathered gradients of few input channels, whose parts are exchanged and are not.
        ConvolutionCase(batch: 3, 12, 13, in: 6, out: 16, kernel: 5, padding: 0),
        ConvolutionCase(batch: 2, 28, 27, in: 1, out: 6, kernel: 5, padding: 2),
        ConvolutionCase(20, 21, in: 12, out: 70),
        // Kernels that lie in one place, as linear layers on a map do.
        ConvolutionCase(batch: 5, 6, 7, in: 20, out: 33, kernel: Extent(height: 6, width: 7), padding: 0),
        ConvolutionCase(9, 9, in: 48, out: 64, kernel: 1, stride: 2, padding: 0),
        ConvolutionCase(
            8, 9, in: 17, out: 18, kernel: Extent(height: 2, width: 5),
            padding: EdgePadding(vertical: 0, horizontal: 2)),
        ConvolutionCase(3, 3, in: 4, out: 6, kernel: 5, stride: 4, padding: 2),
        ConvolutionCase(9, 10, in: 24, out: 36, groups: 4),
        ConvolutionCase(9, 10, in: 96, out: 80, stride: 2, groups: 2),
        ConvolutionCase(12, 13, in: 40, out: 40, groups: 40),
        ConvolutionCase(13, 12, in: 19, out: 19, stride: 2, groups: 19),
        ConvolutionCase(
            11, 9, in: 32, out: 32, kernel: Extent(height: 5, width: 3), dilation: 2,
            padding: EdgePadding(vertical: 4, horizontal: 2), groups: 32),
        // Strides and dilations that differ by axis, in each of the ways in which pixels are gathered.
        ConvolutionCase(14, 19, in: 32, out: 20, stride: Extent(height: 1, width: 2)),
        ConvolutionCase(batch: 2, 17, 12, in: 21, out: 34, stride: Extent(height: 3, width: 1)),
        ConvolutionCase(29, 33, in: 3, out: 40, kernel: 5, stride: Extent(height: 1, width: 3), padding: 2),
        ConvolutionCase(31, 26, in: 3, out: 40, kernel: 5, stride: Extent(height: 4, width: 1), padding: 2),
        ConvolutionCase(13, 14, in: 16, out: 24, dilation: Extent(height: 1, width: 3), padding: 2),
        ConvolutionCase(13, 14, in: 18, out: 24, dilation: Extent(height: 2, width: 1), padding: 2),
        ConvolutionCase(
            15, 16, in: 30, out: 30, stride: Extent(height: 1, width: 2), dilation: Extent(height: 2, width: 1),
            padding: EdgePadding(top: 0, left: 1, bottom: 3, right: 2), groups: 30),
        ConvolutionCase(
            16, 15, in: 35, out: 35, stride: Extent(height: 2, width: 1), dilation: Extent(height: 1, width: 2),
            groups: 35),
        // Even kernels, padded as they are where the output has the size of the input.
        ConvolutionCase(
            9, 11, in: 20, out: 24, kernel: 4, padding: EdgePadding(top: 1, left: 1, bottom: 2, right: 2)),
        ConvolutionCase(
            9, 11, in: 48, out: 33, kernel: Extent(height: 2, width: 4),
            padding: EdgePadding(top: 0, left: 2, bottom: 1, right: 1)),
        ConvolutionCase(10, 9, in: 6, out: 7, kernel: 2, stride: 2, padding: 0),
        ConvolutionCase(20, 21, in: 32, out: 48, kernel: Extent(height: 1, width: 7), padding: 0),
        ConvolutionCase(20, 21, in: 33, out: 48, kernel: Extent(height: 7, width: 1), padding: 0),
        // More padding than kernel.
        ConvolutionCase(3, 4, in: 20, out: 20, kernel: 2, padding: EdgePadding(top: 3, left: 4, bottom: 2, right: 5)),
    ]

    /// Shapes that nobody would think of.
    static let random: [ConvolutionCase] = {
        var random = RandomFloats(seed: 13)
        var cases: [ConvolutionCase] = []
        while cases.count < 60 {
            func extent(_ most: Int) -> Extent {
                Extent(height: random.next(in: 1...most), width: random.next(in: 1...most))
            }
            let groups = [1, 1, 2, 5][random.next(in: 0...3)], isDepthwise = random.next(in: 0...3) == 0
            let inputs = isDepthwise ? random.next(in: 1...40) : groups * random.next(in: 1...40 / groups)
            let isPlain = random.next(in: 0...3) == 0
            let example = ConvolutionCase(
                batch: random.next(in: 1...2), random.next(in: 1...14), random.next(in: 1...14), in: inputs,
                out: isDepthwise ? inputs : groups * random.next(in: 1...40 / groups), kernel: isPlain ? 3 : extent(5),
                stride: isPlain ? 1 : extent(3), dilation: isPlain ? 1 : extent(3),
                padding: EdgePadding(
                    top: random.next(in: 0...2), left: random.next(in: 0...2), bottom: random.next(in: 0...4),
                    right: random.next(in: 0...4)), groups: isDepthwise ? inputs : groups)
            if example.geometry.outputCount > 0 { cases.append(example) }
        }
        return cases
    }()
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

    /// An integer in a range.
    mutating func next(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int((next(1)[0] + 1) / 2 * Float(range.count)) % range.count
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
