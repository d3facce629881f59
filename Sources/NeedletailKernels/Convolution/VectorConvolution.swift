import CKernels

/// Convolution by the package's own SIMD kernels: packed direct products, Winograd's algorithm, or depthwise.
///
/// The algorithm of each pass is a fixed function of the shapes, so results do not depend on timing. How the kernels
/// work is told in `CKernels`.
public struct VectorConvolution: ConvolutionKernel {
    public let shapes: [ConvolutionShape]
    private let descriptions: [needletail_convolution]
    private let forwardAlgorithm: needletail_algorithm
    private let inputGradientAlgorithm: needletail_algorithm
    private let weightGradientAlgorithm: needletail_algorithm

    /// Maps of one kernel, at most.
    public static let maximumMapCount = Int(NEEDLETAIL_MAX_MAPS)

    /// - Precondition: There are 1 to ``maximumMapCount`` shapes, which differ in batch and size of the map only.
    public init(shapes: [ConvolutionShape]) {
        self.shapes = shapes
        var descriptions = shapes.map { needletail_convolution($0) }
        if descriptions.allSatisfy({ $0.out_h == 1 && $0.out_w == 1 }) {
            // A kernel that lies in one place has any stride; with its own size each input pixel meets one tap of it.
            for index in descriptions.indices {
                descriptions[index].stride_h = descriptions[index].kernel_h
                descriptions[index].stride_w = descriptions[index].kernel_w
            }
        }
        self.descriptions = descriptions
        // Most of the time goes into the largest map, and small ones fill up what it leaves of a block.
        let largest = shapes.indices.max { shapes[$0].multiplyAdds < shapes[$1].multiplyAdds } ?? 0
        var description = descriptions[largest]
        forwardAlgorithm = needletail_convolution_choose(&description, needletail_forward)
        inputGradientAlgorithm = needletail_convolution_choose(&description, needletail_data_gradient)
        weightGradientAlgorithm = needletail_convolution_choose(&description, needletail_weight_gradient)
    }

    /// The weights of a linear layer on a map are those of a kernel of its size, or of one pixel.
    private var kernelSize: String { "\(descriptions[0].kernel_h)x\(descriptions[0].kernel_w)" }

    private var mapCount: Int32 { Int32(descriptions.count) }

    public var algorithmName: String {
        switch forwardAlgorithm {
        case needletail_winograd_4: "Winograd F(4x4)"
        case needletail_winograd_2: "Winograd F(2x2)"
        case needletail_depthwise: "depthwise"
        default: "direct"
        }
    }

    public var canWriteParts: Bool { forwardAlgorithm == needletail_direct }

    /// A product fetches a float ahead for every 14 multiplications, and about half of the products have others to fetch.
    public var readAheadCount: Int {
        forwardAlgorithm == needletail_direct && shapes.count == 1 ? shapes[0].multiplyAdds / 28 : 0
    }

    public var packing: String { "vector \(kernelSize) \(forwardAlgorithm.rawValue)" }
    /// Which taps an input pixel meets depends on where the strides put it.
    public var gradientPacking: String {
        let shape = descriptions[0]
        return "vector gradient \(kernelSize) \(inputGradientAlgorithm.rawValue) \(shape.stride_h)x\(shape.stride_w) "
            + "\(shape.dilation_h)x\(shape.dilation_w) \(shape.pad_h) \(shape.pad_w)"
    }
    public var packedCount: Int { needletail_packed_size(descriptions, forwardAlgorithm, needletail_forward) }
    public var gradientPackedCount: Int {
        needletail_packed_size(descriptions, inputGradientAlgorithm, needletail_data_gradient)
    }

    public var scratchCount: Int {
        max(
            needletail_scratch_size(descriptions, mapCount, forwardAlgorithm, needletail_forward),
            needletail_scratch_size(descriptions, mapCount, inputGradientAlgorithm, needletail_data_gradient),
            needletail_scratch_size(descriptions, mapCount, weightGradientAlgorithm, needletail_weight_gradient))
    }

    public var sharedScratchCount: Int { needletail_accumulator_size(descriptions, weightGradientAlgorithm) }

    public func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool, hasRead: (Range<Int>) -> Void
    ) {
        let count = shapes[0].weightCount
        let parts = descriptions.withUnsafeBufferPointer { needletail_pack_parts($0.baseAddress, forwardAlgorithm) }
        pack(weights, scale, into: packed, forwardAlgorithm, needletail_forward, pool: pool) { chunk, chunks in
            if (chunk + 1) % parts == 0 {
                hasRead(count * (chunk + 1 - parts) / chunks..<count * (chunk + 1) / chunks)
            }
        }
    }

    public func packForGradient(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pack(weights, scale, into: packed, inputGradientAlgorithm, needletail_data_gradient, pool: pool) { _, _ in }
    }

    private func pack(
        _ weights: UnsafePointer<Float>, _ scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        _ algorithm: needletail_algorithm, _ pass: needletail_pass, pool: ThreadPool,
        completion: (_ chunk: Int, _ chunks: Int) -> Void
    ) {
        descriptions.withUnsafeBufferPointer { buffer in
            guard let description = buffer.baseAddress else { return }
            let chunks = needletail_pack_chunks(description, algorithm, pass)
            pool.run(chunks: chunks) { chunk, _ in
                needletail_pack(description, algorithm, pass, weights, scale, packed, chunk, chunk + 1)
                completion(chunk, chunks)
            }
        }
    }

    public func forward(
        _ maps: [ConvolutionMap.Forward], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        let maps = maps.map { map in
            needletail_map(
                source: map.input, dest: map.output, epilogue: needletail_epilogue(map.epilogue),
                dest_stride: map.outputStride ?? 0, ahead: needletail_read_ahead(map.ahead))
        }
        run(maps, forwardAlgorithm, needletail_forward, packed: packed, scratch: scratch, pool: pool)
    }

    public func inputGradient(
        _ maps: [ConvolutionMap.InputGradient], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        let maps = maps.map { map in
            needletail_map(
                source: map.outputGradient, dest: map.inputGradient,
                epilogue: needletail_epilogue(
                    bias: nil, residual: map.accumulates ? UnsafePointer(map.inputGradient) : nil, gate: map.gate,
                    activation: needletail_identity, slope: 0), dest_stride: 0, ahead: needletail_read_ahead())
        }
        run(maps, inputGradientAlgorithm, needletail_data_gradient, packed: packed, scratch: scratch, pool: pool)
    }

    private func run(
        _ maps: [needletail_map], _ algorithm: needletail_algorithm, _ pass: needletail_pass,
        packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        precondition(maps.count == descriptions.count, "\(maps.count) maps for \(descriptions.count) shapes")
        descriptions.withUnsafeBufferPointer { descriptions in
            maps.withUnsafeBufferPointer { maps in
                guard let description = descriptions.baseAddress, let map = maps.baseAddress else { return }
                let chunks = needletail_convolution_chunks(description, mapCount, algorithm, pass)
                pool.run(chunks: chunks) { chunks, worker, continues in
                    needletail_convolution_run(
                        description, mapCount, algorithm, pass, map, packed, scratch[worker], continues ? 1 : 0,
                        chunks.lowerBound, chunks.upperBound)
                }
            }
        }
    }

    public func addWeightGradient(
        _ maps: [ConvolutionMap.WeightGradient], scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        let inputs = maps.map { Optional($0.input) }, gradients = maps.map { Optional($0.outputGradient) }
        let algorithm = weightGradientAlgorithm, isInPlace = sharedScratchCount == 0
        let sums = isInPlace ? weightGradient : scratch.shared
        descriptions.withUnsafeBufferPointer { descriptions in
            inputs.withUnsafeBufferPointer { inputs in
                gradients.withUnsafeBufferPointer { gradients in
                    guard let description = descriptions.baseAddress, let input = inputs.baseAddress,
                        let gradient = gradients.baseAddress
                    else { return }
                    let chunks = needletail_convolution_chunks(
                        description, mapCount, algorithm, needletail_weight_gradient)
                    pool.run(chunks: chunks) { chunk, worker in
                        needletail_convolution_weight_gradient(
                            description, mapCount, algorithm, input, gradient, isInPlace ? 1 : 0, scale, sums,
                            scratch[worker], chunk, chunk + 1)
                    }
                    pool.run(chunks: needletail_unpack_chunks(description, algorithm)) { chunk, _ in
                        needletail_unpack(
                            description, algorithm, sums, scale, 1, weightGradient, chunk, chunk + 1)
                    }
                }
            }
        }
    }
}

extension needletail_convolution {
    init(_ shape: ConvolutionShape) {
        self.init(
            n: Int32(shape.batch), h: Int32(shape.inputHeight), w: Int32(shape.inputWidth),
            c_in: Int32(shape.inputChannels), c_out: Int32(shape.outputChannels),
            kernel_h: Int32(shape.kernel.height), kernel_w: Int32(shape.kernel.width),
            stride_h: Int32(shape.stride.height), stride_w: Int32(shape.stride.width),
            dilation_h: Int32(shape.dilation.height), dilation_w: Int32(shape.dilation.width),
            pad_h: Int32(shape.padding.top), pad_w: Int32(shape.padding.left), groups: Int32(shape.groups),
            out_h: Int32(shape.outputHeight), out_w: Int32(shape.outputWidth), variant: nil)
    }
}

extension needletail_read_ahead {
    init(_ ahead: ReadAhead?) {
        self.init(
            memory: ahead?.memory.baseAddress, count: ahead?.memory.count ?? 0, from: ahead?.part.lowerBound ?? 0,
            to: ahead?.part.upperBound ?? 0)
    }
}

extension needletail_epilogue {
    /// - Parameter place: Floats from the beginning of the map to what is computed.
    init(_ epilogue: ConvolutionEpilogue, from place: Int = 0) {
        self.init(
            bias: epilogue.bias, residual: epilogue.residual.map { $0 + place }, gate: nil,
            activation: epilogue.activation?.code ?? needletail_identity, slope: epilogue.activation?.slope ?? 0)
    }
}
