import NeedletailKernels
import ReferenceFormula
import Testing

@Suite struct PoolingTests {
    static let pool = ThreadPool(threadCount: 2)

    /// A row of numbers.
    private func row(
        _ width: Int, kernel: Int, stride: Int, padding: Int = 0, dilation: Int = 1, roundsUp: Bool = false
    ) -> PoolingShape {
        PoolingShape(
            batch: 1, inputHeight: 1, inputWidth: width, channels: 1, kernel: Extent(height: 1, width: kernel),
            stride: Extent(height: 1, width: stride), padding: EdgePadding(vertical: 0, horizontal: padding),
            dilation: Extent(height: 1, width: dilation), roundsUp: roundsUp)
    }

    private func maxima(_ shape: PoolingShape, _ input: [Float]) -> [Float] {
        var output = [Float](repeating: 0, count: shape.outputCount)
        MaxPoolingKernel.forward(shape: shape, input: input, output: &output, pool: Self.pool)
        return output
    }

    private func means(_ shape: PoolingShape, _ input: [Float], countsPadding: Bool = true) -> [Float] {
        var output = [Float](repeating: .nan, count: shape.outputCount)
        AveragePoolingKernel.forward(
            shape: shape, countsPadding: countsPadding, input: input, output: &output, pool: Self.pool)
        return output
    }

    /// Windows of 3, 2 apart, over 5 pixels with one of padding: columns -1...1, 1...3, 3...5.
    @Test func takesTheGreatestUnderEachWindow() {
        #expect(maxima(row(5, kernel: 3, stride: 2, padding: 1), [-4, -2, -8, -1, -3]) == [-2, -1, -1])
    }

    /// Columns 0, 2, 4 and 1, 3, 5 and 2, 4, 6.
    @Test func dilatedWindowsLeaveOutWhatLiesBetween() {
        let shape = row(7, kernel: 3, stride: 1, dilation: 2)
        #expect(maxima(shape, [5, 9, 1, 2, 3, 4, 5]) == [5, 9, 5])
        #expect(means(shape, [5, 9, 1, 2, 3, 4, 5]) == [3, 5, 3])
    }

    /// 5 pixels under windows of 2: 0...1, 2...3 and, rounded up, 4...5, of which only 4 is there.
    @Test func roundingUpKeepsAWindowThatSticksOut() {
        #expect(maxima(row(5, kernel: 2, stride: 2), [1, 2, 3, 4, 5]) == [2, 4])
        let shape = row(5, kernel: 2, stride: 2, roundsUp: true)
        #expect(maxima(shape, [1, 2, 3, 4, 5]) == [2, 4, 5])
        #expect(means(shape, [1, 2, 3, 4, 5]) == [1.5, 3.5, 5])
    }

    /// 3 pixels with one of padding under windows of 2: -1...0, 1...2; one that began at 3 would see nothing but padding.
    @Test func roundingUpLeavesOutAWindowThatBeginsInThePaddingBehind() {
        #expect(row(3, kernel: 2, stride: 2, padding: 1, roundsUp: true).outputWidth == 2)
    }

    /// 4 pixels with one of padding under windows of 3, rounded up: -1...1, 1...3, 3...5. Position 4 is padding and
    /// counts if padding does; 5 is beyond it and never counts: 3/3, 9/3 and 4/2, or 3/2, 9/3 and 4/1.
    @Test func theMeanCountsPaddingIfItIsTo() {
        let shape = row(4, kernel: 3, stride: 2, padding: 1, roundsUp: true)
        #expect(means(shape, [1, 2, 3, 4]) == [1, 3, 2])
        #expect(means(shape, [1, 2, 3, 4], countsPadding: false) == [1.5, 3, 4])
    }

    /// A map of 2 has no place for a window of 3. Rounded up one that sticks out by less than a stride has a place.
    @Test func aWindowLargerThanTheMapGivesNothing() {
        #expect(row(2, kernel: 3, stride: 2).outputWidth == 0)
        #expect(row(2, kernel: 3, stride: 1, roundsUp: true).outputWidth == 0)
        #expect(means(row(2, kernel: 3, stride: 2, roundsUp: true), [1, 2]) == [1.5])
    }

    @Test(arguments: 0..<3)
    func aNaNGoesThrough(position: Int) {
        var input: [Float] = [1, 5, 3]
        input[position] = .nan
        #expect(maxima(row(3, kernel: 3, stride: 3, padding: 1), input).first.map { $0.isNaN } == (position < 2))
    }

    /// Channels on both sides of every vector width, windows that are not square, and sides that differ.
    static let shapes: [PoolingShape] = [1, 7, 16, 33].flatMap { channels in
        [
            PoolingShape(
                batch: 2, inputHeight: 7, inputWidth: 6, channels: channels, kernel: 3, stride: 2, padding: 1),
            PoolingShape(
                batch: 1, inputHeight: 9, inputWidth: 11, channels: channels, kernel: Extent(height: 2, width: 5),
                stride: Extent(height: 1, width: 3), padding: EdgePadding(top: 0, left: 2, bottom: 1, right: 1)),
            PoolingShape(
                batch: 2, inputHeight: 10, inputWidth: 8, channels: channels, kernel: 3,
                stride: Extent(height: 3, width: 2), padding: EdgePadding(top: 1, left: 0, bottom: 0, right: 1),
                dilation: Extent(height: 2, width: 1), roundsUp: true),
            PoolingShape(
                batch: 1, inputHeight: 6, inputWidth: 7, channels: channels, kernel: 4, stride: 3,
                padding: EdgePadding(top: 2, left: 1, bottom: 1, right: 2), dilation: Extent(height: 1, width: 2),
                roundsUp: true),
            // Windows that overlap so much that columns are shared, in rows that fit on the stack and in one that does not.
            PoolingShape(
                batch: 2, inputHeight: 9, inputWidth: 11, channels: channels, kernel: 5, stride: 1,
                padding: EdgePadding(vertical: 4, horizontal: 2), dilation: Extent(height: 2, width: 1)),
            PoolingShape(
                batch: 1, inputHeight: 4, inputWidth: 300, channels: channels, kernel: 5, stride: 1,
                padding: EdgePadding(vertical: 2, horizontal: 2)),
        ]
    }

    /// The flat indices of the pixels under each output, its first channel's, and what a mean over them is divided by.
    private func windows(_ shape: PoolingShape, countsPadding: Bool) -> [(pixels: [Int], divisor: Int)] {
        var windows: [(pixels: [Int], divisor: Int)] = []
        for image in 0..<shape.batch {
            for row in 0..<shape.outputHeight {
                for column in 0..<shape.outputWidth {
                    var pixels: [Int] = [], padded = 0
                    for tap in 0..<shape.kernel.area {
                        let y =
                            row * shape.stride.height - shape.padding.top
                            + tap / shape.kernel.width * shape.dilation.height
                        let x =
                            column * shape.stride.width - shape.padding.left
                            + tap % shape.kernel.width * shape.dilation.width
                        if y < shape.inputHeight + shape.padding.bottom, x < shape.inputWidth + shape.padding.right {
                            padded += 1
                        }
                        if y >= 0, y < shape.inputHeight, x >= 0, x < shape.inputWidth {
                            pixels.append(((image * shape.inputHeight + y) * shape.inputWidth + x) * shape.channels)
                        }
                    }
                    windows.append((pixels, countsPadding ? padded : pixels.count))
                }
            }
        }
        return windows
    }

    @Test(arguments: shapes)
    func maximaAgreeWithTheDefinition(shape: PoolingShape) {
        let input = (0..<shape.inputCount).map { Float(($0 * 7919) % 1009) - 500 }
        let outputGradient = Formula.signed("pooling gradient", count: shape.outputCount)
        var expected: [Float] = [], expectedGradient = [Float](repeating: 0, count: shape.inputCount)
        for (output, window) in windows(shape, countsPadding: false).enumerated() {
            for channel in 0..<shape.channels {
                let most = window.pixels.map { input[$0 + channel] }.max() ?? -.infinity
                expected.append(most)
                if let first = window.pixels.first(where: { input[$0 + channel] == most }) {
                    expectedGradient[first + channel] += outputGradient[output * shape.channels + channel]
                }
            }
        }
        let output = maxima(shape, input)
        #expect(output == expected)
        var gradient = [Float](repeating: .nan, count: shape.inputCount)
        MaxPoolingKernel.backward(
            shape: shape, input: input, output: output, outputGradient: outputGradient, inputGradient: &gradient,
            accumulates: false, pool: Self.pool)
        #expect(gradient == expectedGradient)
    }

    @Test(arguments: shapes, [true, false])
    func meansAgreeWithTheDefinition(shape: PoolingShape, countsPadding: Bool) {
        let input = Formula.signed("pooling input", count: shape.inputCount)
        let outputGradient = Formula.signed("pooling gradient", count: shape.outputCount)
        var expected: [Float] = [], expectedGradient = [Double](repeating: 0.5, count: shape.inputCount)
        for (output, window) in windows(shape, countsPadding: countsPadding).enumerated() {
            for channel in 0..<shape.channels {
                let divisor = Double(window.divisor)
                expected.append(Float(window.pixels.reduce(0) { $0 + Double(input[$1 + channel]) } / divisor))
                for pixel in window.pixels {
                    expectedGradient[pixel + channel] +=
                        Double(outputGradient[output * shape.channels + channel]) / divisor
                }
            }
        }
        #expect(relativeError(means(shape, input, countsPadding: countsPadding), expected) < 1e-6)
        var gradient = [Float](repeating: 0.5, count: shape.inputCount)
        AveragePoolingKernel.backward(
            shape: shape, countsPadding: countsPadding, outputGradient: outputGradient, inputGradient: &gradient,
            accumulates: true, pool: Self.pool)
        #expect(relativeError(gradient, expectedGradient.map { Float($0) }) < 1e-6)
    }
}
