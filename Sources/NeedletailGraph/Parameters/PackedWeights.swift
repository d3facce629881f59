import NeedletailKernels

/// The packed forms of convolution weights, shared by all plans of a network and renewed when a parameter changes.
///
/// Winograd's form is four times as large as the weights themselves, so a form is kept only from the second time on that
/// the same weights are asked for. Until then it is made in memory that all layers share: for weights that are being
/// trained, which change with every step, and for the only photograph of a run.
///
/// Batch normalisation with fixed statistics is folded in here: it is a factor and an offset for each output
/// channel, so it costs nothing when the network runs.
public final class PackedWeights {
    /// The parameters that one packed form is made of.
    struct Source {
        var weight: Parameter
        var bias: Parameter?
        var normalization: BatchNormalization?
        var blocks: SpaceToDepth?

        /// Grows with every change of one of the parameters.
        var version: Int {
            var version = weight.version + (bias?.version ?? 0)
            if let normalization {
                version += normalization.weight.version + normalization.bias.version
                version += normalization.mean.version + normalization.variance.version
            }
            return version
        }

        /// Calls `body` with the weights as the kernel's shape orders them.
        func withWeights(_ body: (UnsafePointer<Float>) -> Void) {
            if let blocks {
                blocks.spread(weight.values, shape: weight.shape).withUnsafeBufferPointer { spread in
                    if let weights = spread.baseAddress { body(weights) }
                }
            } else if let weights = weight.values.baseAddress {
                body(weights)
            }
        }
    }

    /// What a step has found of its weights for the forward pass, so that it looks again only when a parameter has changed.
    final class Found {
        fileprivate var version = -1
        /// The packed form, if it is kept.
        fileprivate(set) var weights: FloatStorage?
        fileprivate var bias: UnsafePointer<Float>?
    }

    /// A form that depends on the parameters and on the packing, not on the image size.
    private struct Key: Hashable {
        var weight: Parameter
        var normalization: Parameter?
        var packing: String
    }

    private struct Entry {
        var version: Int
        /// Nil for weights that have been asked for once.
        var storage: FloatStorage?
        /// Whether the form is kept from the first time on, in the same memory.
        var isKept = false
    }

    private let blocks = FloatBlocks()
    private var packed: [Key: Entry] = [:]
    private var passing: FloatStorage?
    private var affine: [Key: (version: Int, storage: FloatStorage)] = [:]

    public init() {}

    /// Begins with what another has packed; from then on each goes its own way.
    public init(sharing other: PackedWeights) {
        packed = other.packed.filter { $0.value.storage != nil }
        affine = other.affine
    }

    /// The weights as `kernel` reads them in the forward pass, and the offset of each output channel if there is one; valid
    /// until the next call, or as long as the parameters stay as they are where they were prepared to be kept.
    func forward(
        of source: Source, for kernel: any ConvolutionKernel, found: Found, pool: ThreadPool
    ) -> (weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
        if let weights = found.weights, found.version == source.version {
            return (UnsafePointer(weights.pointer), found.bias)
        }
        let weights = storage(of: source, for: kernel, forGradient: false, pool: pool)
        found.version = source.version
        found.weights = weights === passing ? nil : weights
        found.bias = bias(of: source)
        return (UnsafePointer(weights.pointer), found.bias)
    }

    /// The weights as `kernel` reads them, forward or for the gradient of the input; valid until the next call.
    func weights(
        of source: Source, for kernel: any ConvolutionKernel, forGradient: Bool, pool: ThreadPool
    ) -> UnsafePointer<Float> {
        UnsafePointer(storage(of: source, for: kernel, forGradient: forGradient, pool: pool).pointer)
    }

    private func storage(
        of source: Source, for kernel: any ConvolutionKernel, forGradient: Bool, pool: ThreadPool
    ) -> FloatStorage {
        let key = key(of: source, packing: forGradient ? kernel.gradientPacking : kernel.packing)
        let count = forGradient ? kernel.gradientPackedCount : kernel.packedCount
        let version = source.version, storage: FloatStorage
        if let entry = packed[key], entry.version == version {
            if let storage = entry.storage { return storage }
            // Where there is no room to keep it, it is made each time.
            let kept = try? blocks.make(count: count)
            packed[key]?.storage = kept
            storage = kept ?? passingStorage(count: count)
        } else if let kept = packed[key], kept.isKept, let room = kept.storage {
            storage = room
            packed[key]?.version = version
        } else {
            storage = passingStorage(count: count)
            packed[key] = Entry(version: version)
        }
        let scale = scale(of: source)
        source.withWeights { weights in
            if forGradient {
                kernel.packForGradient(weights: weights, scale: scale, into: storage.pointer, pool: pool)
            } else {
                // What was read of a large layer does not stay in memory until all of it is packed.
                kernel.pack(weights: weights, scale: scale, into: storage.pointer, pool: pool) { range in
                    if source.blocks == nil { source.weight.dropPages(of: range) }
                }
            }
        }
        source.weight.dropPages()
        return storage
    }

    /// Makes room for what `kernel` reads of some weights in the forward pass, as long as the network lives.
    ///
    /// - Throws: ``OutOfMemoryError``
    func prepareToKeep(_ source: Source, for kernel: any ConvolutionKernel) throws(OutOfMemoryError) {
        try prepare(source, count: 0)
        let key = key(of: source, packing: kernel.packing)
        if packed[key]?.isKept == true { return }
        packed[key] = Entry(version: -1, storage: try blocks.make(count: kernel.packedCount), isKept: true)
    }

    /// Makes room for the packed form of some weights, of `count` numbers, and for their factors and offsets.
    ///
    /// - Throws: ``OutOfMemoryError``
    func prepare(_ source: Source, count: Int) throws(OutOfMemoryError) {
        if (passing?.count ?? -1) < count { passing = try FloatStorage(count: count) }
        guard source.normalization != nil, affine[key(of: source, packing: "affine")] == nil else { return }
        affine[key(of: source, packing: "affine")] = (
            version: -1, storage: try blocks.make(count: 2 * source.weight.shape[0])
        )
    }

    /// Room for `count` numbers, which keeps those of the last call no longer.
    private func passingStorage(count: Int) -> FloatStorage {
        guard let passing, passing.count >= count else { preconditionFailure("weights were not prepared to be packed") }
        return passing
    }

    /// The factor of each output channel, or nil without normalisation.
    func scale(of source: Source) -> UnsafePointer<Float>? {
        source.normalization == nil ? nil : affinePointer(of: source)
    }

    /// The offset of each output channel, or nil when there is neither bias nor normalisation.
    func bias(of source: Source) -> UnsafePointer<Float>? {
        if source.normalization != nil { return affinePointer(of: source) + source.weight.shape[0] }
        return source.bias?.values.baseAddress
    }

    /// Factors, then offsets.
    private func affinePointer(of source: Source) -> UnsafePointer<Float> {
        let key = key(of: source, packing: "affine")
        let version = source.version
        if let entry = affine[key], entry.version == version { return UnsafePointer(entry.storage.pointer) }
        let count = source.weight.shape[0]
        guard let storage = affine[key]?.storage else { preconditionFailure("weights were not prepared to be packed") }
        if let normalization = source.normalization {
            for channel in 0..<count {
                let (factor, offset) = normalization.affine(
                    ofChannel: channel, bias: source.bias?.values[channel] ?? 0)
                storage.pointer[channel] = factor
                storage.pointer[count + channel] = offset
            }
        }
        affine[key] = (version, storage)
        return UnsafePointer(storage.pointer)
    }

    private func key(of source: Source, packing: String) -> Key {
        Key(
            weight: source.weight, normalization: source.normalization?.weight,
            packing: source.blocks.map { "\(packing) \($0.block) \($0.order)" } ?? packing)
    }
}
