/// Convolution as matrix products over columns of gathered pixels ("im2col").
///
/// For a tile of output pixels the inputs under each kernel tap are gathered into a matrix of
/// `[pixels, taps · channels]`; its product with the weights `[taps · channels, outputChannels]` is the output tile.
/// A 1x1 convolution of stride 1 needs no gathering: its input is that matrix already.
///
/// Chellapilla et al., "High Performance Convolutional Neural Networks for Document Processing", 2006.
struct MatrixConvolution: SingleMapConvolution {
    static let name = "matrix"

    let shape: ConvolutionShape

    /// Rows of a gathered tile, so that it stays in a core's second-level cache.
    private let tilePixels: Int
    /// Rows of the gathered matrix, the depth of the product: taps times channels of one group.
    private let depth: Int

    init(shape: ConvolutionShape) {
        self.shape = shape
        depth = shape.kernel.height * shape.kernel.width * shape.inputChannelsPerGroup
        tilePixels = max(32, min(512, 262_144 / max(depth, 1)))
    }

    private var outputPixels: Int { shape.batch * shape.outputHeight * shape.outputWidth }
    private var tileCount: Int { (outputPixels + tilePixels - 1) / tilePixels }
    private var taps: Int { shape.kernel.height * shape.kernel.width }

    /// Whether the input matrix is the column matrix as it stands: one pixel in, one pixel out.
    private var isPointwise: Bool {
        shape.kernel == 1 && shape.stride == 1 && shape.padding == 0 && shape.groups == 1
    }

    var scratchCount: Int { tilePixels * max(depth, shape.inputChannelsPerGroup) }

    // MARK: Weights

    /// Packed weights are `[group][tap][channel][outputChannelOfGroup]`, the right factor of the forward product.
    func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        let perGroup = shape.outputChannelsPerGroup
        let shape = shape, taps = taps, depth = depth
        pool.run(count: shape.outputChannels, grain: 16) { range, _ in
            for outputChannel in range {
                let group = outputChannel / perGroup, column = outputChannel % perGroup
                let factor = scale?[outputChannel] ?? 1
                let source = weights + outputChannel * depth
                let target = packed + group * depth * perGroup + column
                for channel in 0..<shape.inputChannelsPerGroup {
                    for tap in 0..<taps {
                        target[(tap * shape.inputChannelsPerGroup + channel) * perGroup] =
                            source[channel * taps + tap] * factor
                    }
                }
            }
        }
    }

    // MARK: Forward

    func forward(_ map: ConvolutionMap.Forward, packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool) {
        pool.run(chunks: tileCount) { tile, worker in
            let pixels = tile * tilePixels..<min(outputPixels, (tile + 1) * tilePixels)
            let target = map.output + pixels.lowerBound * shape.outputChannels
            for group in 0..<shape.groups {
                let columns: UnsafePointer<Float>
                if isPointwise {
                    columns = map.input + pixels.lowerBound * shape.inputChannels
                } else {
                    gather(input: map.input, pixels: pixels, group: group, into: scratch[worker])
                    columns = UnsafePointer(scratch[worker])
                }
                MatrixProduct.multiply(
                    m: pixels.count, n: shape.outputChannelsPerGroup, k: depth,
                    a: columns, strideA: depth,
                    b: packed + group * depth * shape.outputChannelsPerGroup, strideB: shape.outputChannelsPerGroup,
                    beta: 0, c: target + group * shape.outputChannelsPerGroup, strideC: shape.outputChannels)
            }
            apply(map.epilogue, to: target, pixels: pixels)
        }
    }

    private func apply(_ epilogue: ConvolutionEpilogue, to target: UnsafeMutablePointer<Float>, pixels: Range<Int>) {
        let channels = shape.outputChannels
        if let bias = epilogue.bias {
            for pixel in 0..<pixels.count {
                let row = target + pixel * channels
                for channel in 0..<channels { row[channel] += bias[channel] }
            }
        }
        if let residual = epilogue.residual {
            let source = residual + pixels.lowerBound * channels
            for index in 0..<pixels.count * channels { target[index] += source[index] }
        }
        if let activation = epilogue.activation {
            for index in 0..<pixels.count * channels { target[index] = activation(target[index]) }
        }
    }

    /// Gathers the inputs under each tap of the output `pixels` as rows `[tap][channel]`; zero outside the image.
    private func gather(
        input: UnsafePointer<Float>, pixels: Range<Int>, group: Int, into columns: UnsafeMutablePointer<Float>
    ) {
        let channels = shape.inputChannelsPerGroup
        var target = columns
        forEachTap(of: pixels) { inputPixel in
            if let inputPixel {
                target.update(from: input + inputPixel * shape.inputChannels + group * channels, count: channels)
            } else {
                target.update(repeating: 0, count: channels)
            }
            target += channels
        }
    }

    /// Visits the taps of each output pixel in order, with the input pixel under each, or nil outside the image.
    @inline(__always)
    private func forEachTap(of pixels: Range<Int>, _ body: (_ inputPixel: Int?) -> Void) {
        let perImage = shape.outputHeight * shape.outputWidth
        for pixel in pixels {
            let image = pixel / perImage
            let outputRow = (pixel - image * perImage) / shape.outputWidth
            let outputColumn = pixel - image * perImage - outputRow * shape.outputWidth
            for kernelRow in 0..<shape.kernel.height {
                let row = outputRow * shape.stride.height - shape.padding.top + kernelRow * shape.dilation.height
                for kernelColumn in 0..<shape.kernel.width {
                    let column =
                        outputColumn * shape.stride.width - shape.padding.left + kernelColumn * shape.dilation.width
                    if row >= 0, row < shape.inputHeight, column >= 0, column < shape.inputWidth {
                        body((image * shape.inputHeight + row) * shape.inputWidth + column)
                    } else {
                        body(nil)
                    }
                }
            }
        }
    }

    // MARK: Gradients

    /// One image a chunk: the product `[pixels, outputChannels] · [outputChannels, taps · channels]` is scattered
    /// back to the pixels it was gathered from, and no two images share pixels.
    func inputGradient(
        _ map: ConvolutionMap.InputGradient, packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        let perImage = shape.outputHeight * shape.outputWidth
        let inputPerImage = shape.inputHeight * shape.inputWidth * shape.inputChannels
        let channels = shape.inputChannelsPerGroup
        pool.run(chunks: shape.batch) { image, worker in
            if !map.accumulates {
                (map.inputGradient + image * inputPerImage).update(repeating: 0, count: inputPerImage)
            }
            for start in stride(from: image * perImage, to: (image + 1) * perImage, by: tilePixels) {
                let pixels = start..<min(start + tilePixels, (image + 1) * perImage)
                for group in 0..<shape.groups {
                    MatrixProduct.multiply(
                        m: pixels.count, n: depth, k: shape.outputChannelsPerGroup,
                        a: map.outputGradient + start * shape.outputChannels + group * shape.outputChannelsPerGroup,
                        strideA: shape.outputChannels,
                        b: packed + group * depth * shape.outputChannelsPerGroup,
                        strideB: shape.outputChannelsPerGroup, transposeB: true,
                        beta: 0, c: scratch[worker], strideC: depth)
                    var source = UnsafePointer(scratch[worker])
                    forEachTap(of: pixels) { inputPixel in
                        if let inputPixel {
                            let target = map.inputGradient + inputPixel * shape.inputChannels + group * channels
                            for channel in 0..<channels { target[channel] += source[channel] }
                        }
                        source += channels
                    }
                }
            }
        }
    }

    /// A block of channels of one kernel tap a chunk: `[channels, pixels] · [pixels, outputChannels]` summed over
    /// all pixels in order.
    func addWeightGradient(
        _ map: ConvolutionMap.WeightGradient, scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        let perGroup = shape.inputChannelsPerGroup
        let outputs = shape.outputChannelsPerGroup
        let blockSize = 64
        let blocks = (perGroup + blockSize - 1) / blockSize
        pool.run(chunks: taps * shape.groups * blocks) { chunk, worker in
            let tap = chunk % taps, group = chunk / taps % shape.groups
            let first = chunk / (taps * shape.groups) * blockSize
            let channels = min(blockSize, perGroup - first)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: channels * outputs) { buffer in
                guard let sums = buffer.baseAddress else { return }
                sums.initialize(repeating: 0, count: channels * outputs)
                for start in stride(from: 0, to: outputPixels, by: tilePixels) {
                    let pixels = start..<min(start + tilePixels, outputPixels)
                    let columns: UnsafePointer<Float>
                    if isPointwise {
                        columns = map.input + start * shape.inputChannels + first
                    } else {
                        gather(
                            input: map.input + group * perGroup + first, channels: channels, tap: tap, pixels: pixels,
                            into: scratch[worker])
                        columns = UnsafePointer(scratch[worker])
                    }
                    MatrixProduct.multiply(
                        m: channels, n: outputs, k: pixels.count,
                        a: columns, strideA: isPointwise ? shape.inputChannels : channels, transposeA: true,
                        b: map.outputGradient + start * shape.outputChannels + group * outputs,
                        strideB: shape.outputChannels, beta: 1, c: sums, strideC: outputs)
                }
                for output in 0..<outputs {
                    let outputChannel = group * outputs + output
                    let factor = scale?[outputChannel] ?? 1
                    let target = weightGradient + outputChannel * depth + first * taps + tap
                    for channel in 0..<channels { target[channel * taps] += sums[channel * outputs + output] * factor }
                }
            }
        }
    }

    /// Gathers `channels` inputs under one tap of the output `pixels` as rows; zero outside the image.
    private func gather(
        input: UnsafePointer<Float>, channels: Int, tap: Int, pixels: Range<Int>,
        into columns: UnsafeMutablePointer<Float>
    ) {
        let perImage = shape.outputHeight * shape.outputWidth
        let rowOffset = tap / shape.kernel.width * shape.dilation.height - shape.padding.top
        let columnOffset = tap % shape.kernel.width * shape.dilation.width - shape.padding.left
        var target = columns
        for pixel in pixels {
            let image = pixel / perImage
            let outputRow = (pixel - image * perImage) / shape.outputWidth
            let outputColumn = pixel - image * perImage - outputRow * shape.outputWidth
            let row = outputRow * shape.stride.height + rowOffset
            let column = outputColumn * shape.stride.width + columnOffset
            if row >= 0, row < shape.inputHeight, column >= 0, column < shape.inputWidth {
                let inputPixel = (image * shape.inputHeight + row) * shape.inputWidth + column
                target.update(from: input + inputPixel * shape.inputChannels, count: channels)
            } else {
                target.update(repeating: 0, count: channels)
            }
            target += channels
        }
    }
}
