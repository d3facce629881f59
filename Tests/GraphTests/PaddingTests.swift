import NeedletailGraph
import NeedletailKernels
import Testing

/// Paddings by name, worked out by hand.
@Suite struct PaddingTests {
    private func shape(_ layer: Convolution, _ height: Int, _ width: Int) -> ConvolutionShape {
        layer.convolutionShape(
            of: TensorType(TensorShape(batch: 1, height: height, width: width, channels: 1)))
    }

    private func layer(_ kernel: Extent, stride: Extent = 1, dilation: Extent = 1, padding: Padding) -> Convolution {
        Convolution(
            ParameterStore().root, inputChannels: 1, outputChannels: 1, kernel: kernel, stride: stride,
            padding: padding,
            dilation: dilation, hasBias: false, initializedBy: .constant(1))
    }

    /// 5 pixels under a kernel of 2, 2 apart: ⌈5 / 2⌉ = 3 windows reach over (3 - 1) · 2 + 2 = 6 pixels, one more than
    /// there are. It goes behind the map, or before it.
    @Test func whatIsLeftOverGoesToOneSide() {
        let end = shape(layer(2, stride: 2, padding: .same()), 5, 5)
        #expect(end.padding == EdgePadding(top: 0, left: 0, bottom: 1, right: 1))
        #expect(end.outputHeight == 3 && end.outputWidth == 3)
        let start = shape(layer(2, stride: 2, padding: .same(excess: .start)), 5, 5)
        #expect(start.padding == EdgePadding(top: 1, left: 1, bottom: 0, right: 0))
        #expect(start.outputHeight == 3)
    }

    /// 224 under 7, 2 apart, as TensorFlow pads a first layer: (112 - 1) · 2 + 7 - 224 = 5, so 2 above and 3 below. 11 under 3x5
    /// with steps of 1x3: rows 1 and 1; ⌈11 / 3⌉ = 4 columns reach over 14, so 1 and 2.
    @Test func sameByHand() {
        let first = shape(layer(7, stride: 2, padding: .same()), 224, 224)
        #expect(first.padding == EdgePadding(top: 2, left: 2, bottom: 3, right: 3))
        let second = shape(
            layer(Extent(height: 3, width: 5), stride: Extent(height: 1, width: 3), padding: .same()), 11, 11)
        #expect(second.padding == EdgePadding(top: 1, left: 1, bottom: 1, right: 2))
        #expect(second.outputHeight == 11 && second.outputWidth == 4)
    }

    /// A kernel of 3 with taps 2 apart reaches over 5 pixels.
    @Test func dilationCounts() {
        #expect(shape(layer(3, dilation: 2, padding: .same()), 9, 9).padding == 2)
        #expect(shape(layer(3, dilation: 2, padding: .valid), 9, 9).outputHeight == 5)
        // A stride longer than the kernel needs no padding: windows begin at 0, 4 and 8.
        let sparse = shape(layer(1, stride: 4, padding: .same()), 9, 9)
        #expect(sparse.padding == 0 && sparse.outputHeight == 3)
    }

    /// Two taps, weights 1 and 10, on 1 2 3: with the zero behind 12·, 1+20, 2+30, 3; before it 10, 1+20, 2+30.
    @Test(arguments: [
        (Padding.same(), [21, 32, 3] as [Float]), (.same(excess: .start), [10, 21, 32]), (.valid, [21, 32]),
        (.edges(EdgePadding(top: 0, left: 2, bottom: 0, right: 1)), [0, 10, 21, 32, 3]),
    ])
    func numbers(padding: Padding, expected: [Float]) throws {
        let layer = layer(Extent(height: 1, width: 2), padding: padding)
        layer.weight.update { $0[1] = 10 }
        #expect(try run(Graph(channels: 1, output: "y") { layer($0) }, width: 3, input: [1, 2, 3]) == expected)
    }
}
