import CKernels

/// Convolution by the package's own SIMD kernels: packed direct products, Winograd's algorithm, or depthwise.
///
/// The algorithm of each pass is a fixed function of the shape, so results do not depend on timing. How the kernels
/// work is told in `CKernels`.
public struct VectorConvolution: ConvolutionKernel {
    public let shape: ConvolutionShape
    private let description: needletail_convolution
    private let forwardAlgorithm: needletail_algorithm
    private let inputGradientAlgorithm: needletail_algorithm
    private let weightGradientAlgorithm: needletail_algorithm

    public init(shape: ConvolutionShape) {
        self.shape = shape
        var description = needletail_convolution(
            n: Int32(shape.batch), h: Int32(shape.inputHeight), w: Int32(shape.inputWidth),
            c_in: Int32(shape.inputChannels), c_out: Int32(shape.outputChannels),
            kernel_h: Int32(shape.kernelHeight), kernel_w: Int32(shape.kernelWidth), stride: Int32(shape.stride),
            dilation: Int32(shape.dilation), pad_h: Int32(shape.padding), pad_w: Int32(shape.padding),
            groups: Int32(shape.groups), out_h: Int32(shape.outputHeight), out_w: Int32(shape.outputWidth),
            variant: nil)
        forwardAlgorithm = needletail_convolution_choose(&description, needletail_forward)
        inputGradientAlgorithm = needletail_convolution_choose(&description, needletail_data_gradient)
        weightGradientAlgorithm = needletail_convolution_choose(&description, needletail_weight_gradient)
        self.description = description
    }

    public var algorithmName: String {
        switch forwardAlgorithm {
        case needletail_winograd_4: "Winograd F(4x4)"
        case needletail_winograd_2: "Winograd F(2x2)"
        case needletail_depthwise: "depthwise"
        default: "direct"
        }
    }

    public var packing: String { "vector \(forwardAlgorithm.rawValue) \(shape.stride)" }
    public var gradientPacking: String {
        "vector gradient \(inputGradientAlgorithm.rawValue) \(shape.stride) \(shape.padding)"
    }
    public var packedCount: Int { withDescription { needletail_packed_size($0, forwardAlgorithm, needletail_forward) } }
    public var gradientPackedCount: Int {
        withDescription { needletail_packed_size($0, inputGradientAlgorithm, needletail_data_gradient) }
    }

    public var scratchCount: Int {
        withDescription { description in
            max(
                needletail_scratch_size(description, forwardAlgorithm, needletail_forward),
                needletail_scratch_size(description, inputGradientAlgorithm, needletail_data_gradient),
                needletail_scratch_size(description, weightGradientAlgorithm, needletail_weight_gradient))
        }
    }

    public var sharedScratchCount: Int {
        withDescription { needletail_accumulator_size($0, weightGradientAlgorithm) }
    }

    public func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pack(weights, scale, into: packed, forwardAlgorithm, needletail_forward, pool: pool)
    }

    public func packForGradient(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pack(weights, scale, into: packed, inputGradientAlgorithm, needletail_data_gradient, pool: pool)
    }

    private func pack(
        _ weights: UnsafePointer<Float>, _ scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        _ algorithm: needletail_algorithm, _ pass: needletail_pass, pool: ThreadPool
    ) {
        withDescription { description in
            pool.run(chunks: needletail_pack_chunks(description, algorithm, pass)) { chunk, _ in
                needletail_pack(description, algorithm, pass, weights, scale, packed, chunk, chunk + 1)
            }
        }
    }

    public func forward(
        input: UnsafePointer<Float>, packed: UnsafePointer<Float>, epilogue: ConvolutionEpilogue,
        output: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        withDescription { description in
            var epilogue = needletail_epilogue(
                bias: epilogue.bias, residual: epilogue.residual, gate: nil, relu: epilogue.appliesReLU ? 1 : 0)
            withUnsafePointer(to: &epilogue) { epilogue in
                let chunks = needletail_convolution_chunks(description, forwardAlgorithm, needletail_forward)
                pool.run(chunks: chunks) { chunk, worker, continues in
                    needletail_convolution_forward(
                        description, forwardAlgorithm, input, packed, epilogue, output, scratch[worker],
                        continues ? 1 : 0, chunk, chunk + 1)
                }
            }
        }
    }

    public func inputGradient(
        outputGradient: UnsafePointer<Float>, packed: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: Scratch, pool: ThreadPool
    ) {
        withDescription { description in
            var epilogue = needletail_epilogue(
                bias: nil, residual: accumulates ? UnsafePointer(inputGradient) : nil, gate: nil, relu: 0)
            withUnsafePointer(to: &epilogue) { epilogue in
                let chunks = needletail_convolution_chunks(
                    description, inputGradientAlgorithm, needletail_data_gradient)
                pool.run(chunks: chunks) { chunk, worker, continues in
                    needletail_convolution_data_gradient(
                        description, inputGradientAlgorithm, outputGradient, packed, epilogue, inputGradient,
                        scratch[worker], continues ? 1 : 0, chunk, chunk + 1)
                }
            }
        }
    }

    public func addWeightGradient(
        input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, scale: UnsafePointer<Float>?,
        weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        withDescription { description in
            let algorithm = weightGradientAlgorithm
            let chunks = needletail_convolution_chunks(description, algorithm, needletail_weight_gradient)
            pool.run(chunks: chunks) { chunk, worker in
                needletail_convolution_weight_gradient(
                    description, algorithm, input, outputGradient, 0, scratch.shared, scratch[worker], chunk,
                    chunk + 1)
            }
            pool.run(chunks: needletail_unpack_chunks(description, algorithm)) { chunk, _ in
                needletail_unpack(
                    description, algorithm, scratch.shared, scale, 1, weightGradient, chunk, chunk + 1)
            }
        }
    }

    private func withDescription<Result>(_ body: (UnsafePointer<needletail_convolution>) -> Result) -> Result {
        withUnsafePointer(to: description, body)
    }
}
