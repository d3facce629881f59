import NeedletailKernels
import Testing

@Suite struct MaxPoolingTests {
    private func pooled(_ shape: PoolingShape, _ input: [Float]) -> [Float] {
        var output = [Float](
            repeating: 0, count: shape.batch * shape.outputHeight * shape.outputWidth * shape.channels)
        MaxPooling.forward(shape: shape, input: input, output: &output, pool: ThreadPool(threadCount: 2))
        return output
    }

    /// Windows of 3, 2 apart, over 5 pixels with one of padding: columns -1...1, 1...3, 3...5.
    @Test func takesTheGreatestUnderEachWindow() {
        let shape = PoolingShape(
            batch: 1, inputHeight: 1, inputWidth: 5, channels: 1, kernel: 3, stride: 2, padding: 1)
        #expect(pooled(shape, [-4, -2, -8, -1, -3]) == [-2, -1, -1])
    }

    /// Channels on both sides of every vector width, against the definition.
    @Test(arguments: [1, 7, 16, 33])
    func agreesWithTheDefinition(channels: Int) {
        let shape = PoolingShape(
            batch: 2, inputHeight: 7, inputWidth: 6, channels: channels, kernel: 3, stride: 2, padding: 1)
        let input = (0..<2 * 7 * 6 * channels).map { Float(($0 * 7919) % 1009) - 500 }
        func value(_ image: Int, _ y: Int, _ x: Int, _ channel: Int) -> Float {
            guard (0..<7).contains(y), (0..<6).contains(x) else { return -.infinity }
            return input[((image * 7 + y) * 6 + x) * channels + channel]
        }
        var expected: [Float] = []
        for image in 0..<2 {
            for row in 0..<shape.outputHeight {
                for column in 0..<shape.outputWidth {
                    for channel in 0..<channels {
                        var most = -Float.infinity
                        for y in row * 2 - 1...row * 2 + 1 {
                            for x in column * 2 - 1...column * 2 + 1 {
                                most = max(most, value(image, y, x, channel))
                            }
                        }
                        expected.append(most)
                    }
                }
            }
        }
        #expect(pooled(shape, input) == expected)
    }

    @Test(arguments: 0..<3)
    func aNaNGoesThrough(position: Int) {
        var input: [Float] = [1, 5, 3]
        input[position] = .nan
        let shape = PoolingShape(batch: 1, inputHeight: 1, inputWidth: 3, channels: 1, kernel: 3, stride: 3, padding: 1)
        #expect(pooled(shape, input).first.map { $0.isNaN } == (position < 2))
    }
}
