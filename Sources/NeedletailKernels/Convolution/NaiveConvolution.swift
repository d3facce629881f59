/// Convolution straight from its definition, kept as the oracle for every faster kernel.
///
/// The gradients are the definition read backwards: each product `x · w` that was added to an output passes that
/// output's gradient to `x` times `w`, and to `w` times `x`. Sums are taken in double precision.
struct NaiveConvolution: SingleMapConvolution {
    static let name = "naive"

    let shape: ConvolutionShape

    init(shape: ConvolutionShape) {
        self.shape = shape
    }

    var scratchCount: Int { 0 }

    func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        let perOutput = shape.weightCount / shape.outputChannels
        for index in 0..<shape.weightCount {
            packed[index] = weights[index] * (scale?[index / perOutput] ?? 1)
        }
    }

    func forward(_ map: ConvolutionMap.Forward, packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool) {
        var sums = [Double](repeating: 0, count: shape.outputCount)
        forEachProduct { inputIndex, weightIndex, outputIndex in
            sums[outputIndex] += Double(map.input[inputIndex]) * Double(packed[weightIndex])
        }
        let epilogue = map.epilogue
        for index in 0..<shape.outputCount {
            var value = sums[index]
            if let bias = epilogue.bias { value += Double(bias[index % shape.outputChannels]) }
            if let residual = epilogue.residual { value += Double(residual[index]) }
            map.output[index] = Float(epilogue.activation?.exactValue(value) ?? value)
        }
    }

    func inputGradient(
        _ map: ConvolutionMap.InputGradient, packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        var sums = [Double](repeating: 0, count: shape.inputCount)
        forEachProduct { inputIndex, weightIndex, outputIndex in
            sums[inputIndex] += Double(map.outputGradient[outputIndex]) * Double(packed[weightIndex])
        }
        for index in 0..<shape.inputCount {
            map.inputGradient[index] = Float(sums[index] + (map.accumulates ? Double(map.inputGradient[index]) : 0))
        }
    }

    func addWeightGradient(
        _ map: ConvolutionMap.WeightGradient, scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        var sums = [Double](repeating: 0, count: shape.weightCount)
        forEachProduct { inputIndex, weightIndex, outputIndex in
            sums[weightIndex] += Double(map.outputGradient[outputIndex]) * Double(map.input[inputIndex])
        }
        let perOutput = shape.weightCount / shape.outputChannels
        for index in 0..<shape.weightCount {
            weightGradient[index] += Float(sums[index] * Double(scale?[index / perOutput] ?? 1))
        }
    }

    /// Visits every product of the convolution as the flat indices of input, weight and output.
    private func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
        let perGroup = shape.inputChannelsPerGroup
        for image in 0..<shape.batch {
            for outputRow in 0..<shape.outputHeight {
                for outputColumn in 0..<shape.outputWidth {
                    let outputPixel = (image * shape.outputHeight + outputRow) * shape.outputWidth + outputColumn
                    for kernelRow in 0..<shape.kernel.height {
                        let row =
                            outputRow * shape.stride.height - shape.padding.top + kernelRow * shape.dilation.height
                        guard (0..<shape.inputHeight).contains(row) else { continue }
                        for kernelColumn in 0..<shape.kernel.width {
                            let column =
                                outputColumn * shape.stride.width - shape.padding.left + kernelColumn
                                * shape.dilation.width
                            guard (0..<shape.inputWidth).contains(column) else { continue }
                            let inputPixel = (image * shape.inputHeight + row) * shape.inputWidth + column
                            for outputChannel in 0..<shape.outputChannels {
                                let group = outputChannel / shape.outputChannelsPerGroup
                                for channel in 0..<perGroup {
                                    let weight =
                                        ((outputChannel * perGroup + channel) * shape.kernel.height + kernelRow)
                                        * shape.kernel.width + kernelColumn
                                    body(
                                        inputPixel * shape.inputChannels + group * perGroup + channel, weight,
                                        outputPixel * shape.outputChannels + outputChannel)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
