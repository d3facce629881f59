import NeedletailKernels

/// Convolution of one map straight from its definition, in double precision: the oracle for every faster kernel.
///
/// The gradients are the definition read backwards: each product `x · w` that was added to an output passes that
/// output's gradient to `x` times `w`, and to `w` times `x`.
public struct NaiveConvolution: Sendable {
    public let shape: ConvolutionShape

    public init(shape: ConvolutionShape) {
        self.shape = shape
    }

    /// The sums alone, `[batch, outputHeight, outputWidth, outputChannels]`, of an input and OIHW weights.
    public func output(input: UnsafePointer<Float>, weights: UnsafePointer<Float>) -> [Double] {
        sums(count: shape.outputCount) { sums in
            forEachProduct { inputIndex, weightIndex, outputIndex in
                sums[outputIndex] += Double(input[inputIndex]) * Double(weights[weightIndex])
            }
        }
    }

    public func inputGradient(outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>) -> [Double] {
        sums(count: shape.inputCount) { sums in
            forEachProduct { inputIndex, weightIndex, outputIndex in
                sums[inputIndex] += Double(outputGradient[outputIndex]) * Double(weights[weightIndex])
            }
        }
    }

    public func weightGradient(input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>) -> [Double] {
        sums(count: shape.weightCount) { sums in
            forEachProduct { inputIndex, weightIndex, outputIndex in
                sums[weightIndex] += Double(outputGradient[outputIndex]) * Double(input[inputIndex])
            }
        }
    }

    private func sums(count: Int, _ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
        [Double](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let sums = buffer.baseAddress else { return }
            sums.initialize(repeating: 0, count: count)
            filled = count
            body(sums)
        }
    }

    /// Visits every product of the convolution as the flat indices of input, weight and output.
    private func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
        let perGroup = shape.inputChannelsPerGroup, outputsPerGroup = shape.outputChannelsPerGroup
        let outputHeight = shape.outputHeight, outputWidth = shape.outputWidth
        for image in 0..<shape.batch {
            for outputRow in 0..<outputHeight {
                for outputColumn in 0..<outputWidth {
                    let outputPixel = (image * outputHeight + outputRow) * outputWidth + outputColumn
                    for tap in 0..<shape.kernel.area {
                        let kernelRow = tap / shape.kernel.width, kernelColumn = tap % shape.kernel.width
                        let row =
                            outputRow * shape.stride.height - shape.padding.top + kernelRow * shape.dilation.height
                        let column =
                            outputColumn * shape.stride.width - shape.padding.left
                            + kernelColumn * shape.dilation.width
                        guard row >= 0, row < shape.inputHeight, column >= 0, column < shape.inputWidth else {
                            continue
                        }
                        let inputPixel = (image * shape.inputHeight + row) * shape.inputWidth + column
                        for outputChannel in 0..<shape.outputChannels {
                            let input = inputPixel * shape.inputChannels + outputChannel / outputsPerGroup * perGroup
                            let output = outputPixel * shape.outputChannels + outputChannel
                            for channel in 0..<perGroup {
                                body(
                                    input + channel, (outputChannel * perGroup + channel) * shape.kernel.area + tap,
                                    output)
                            }
                        }
                    }
                }
            }
        }
    }
}
