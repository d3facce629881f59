import CKernels

/// A convolution and its gradients by their definition, in double precision.
struct NaiveConvolution {
    let output: [Double]
    let inputGradient: [Double]
    let weightGradient: [Double]

    /// - Parameters:
    ///   - input: `[n, h, w, c_in]`.
    ///   - weights: OIHW.
    ///   - outputGradient: `[n, out_h, out_w, c_out]`.
    init(_ shape: needletail_convolution, input: [Float], weights: [Float], outputGradient: [Float]) {
        let groupInput = Int(shape.c_in / shape.groups)
        let groupOutput = Int(shape.c_out / shape.groups)
        let (height, width, channels) = (Int(shape.h), Int(shape.w), Int(shape.c_in))
        let (outHeight, outWidth, outChannels) = (Int(shape.out_h), Int(shape.out_w), Int(shape.c_out))
        let (kernelHeight, kernelWidth) = (Int(shape.kernel_h), Int(shape.kernel_w))
        let (stride, dilation) = (Int(shape.stride), Int(shape.dilation))
        var output = [Double](repeating: 0, count: outputGradient.count)
        var inputGradient = [Double](repeating: 0, count: input.count)
        var weightGradient = [Double](repeating: 0, count: weights.count)

        input.withUnsafeBufferPointer { input in
            weights.withUnsafeBufferPointer { weights in
                outputGradient.withUnsafeBufferPointer { outputGradient in
                    output.withUnsafeMutableBufferPointer { output in
                        inputGradient.withUnsafeMutableBufferPointer { inputGradient in
                            weightGradient.withUnsafeMutableBufferPointer { weightGradient in
                                for pixel in 0..<Int(shape.n) * outHeight * outWidth {
                                    let image = pixel / (outHeight * outWidth)
                                    let outY = pixel / outWidth % outHeight
                                    let outX = pixel % outWidth
                                    for tap in 0..<kernelHeight * kernelWidth {
                                        let y = outY * stride + tap / kernelWidth * dilation - Int(shape.pad_h)
                                        let x = outX * stride + tap % kernelWidth * dilation - Int(shape.pad_w)
                                        guard y >= 0, y < height, x >= 0, x < width else { continue }
                                        let from = ((image * height + y) * width + x) * channels
                                        for o in 0..<outChannels {
                                            let first = from + o / groupOutput * groupInput
                                            let to = pixel * outChannels + o
                                            let gradient = Double(outputGradient[to])
                                            var sum = 0.0
                                            for i in 0..<groupInput {
                                                let w = (o * groupInput + i) * kernelHeight * kernelWidth + tap
                                                sum += Double(input[first + i]) * Double(weights[w])
                                                inputGradient[first + i] += gradient * Double(weights[w])
                                                weightGradient[w] += gradient * Double(input[first + i])
                                            }
                                            output[to] += sum
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        self.output = output
        self.inputGradient = inputGradient
        self.weightGradient = weightGradient
    }
}
