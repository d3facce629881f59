import NeedletailKernels

/// The packed forms of convolution weights, shared by all plans of a network and renewed when a parameter changes.
///
/// Batch normalisation with fixed statistics is folded in here: it is a factor and an offset for each output
/// channel, so it costs nothing when the network runs.
public final class PackedWeights {
    /// The parameters that one packed form is made of.
    struct Source {
        var weight: Parameter
        var bias: Parameter?
        var normalization: Operation.BatchNormalization?

        var version: [Int] {
            var versions = [weight.version]
            if let bias { versions.append(bias.version) }
            if let normalization {
                versions += [normalization.weight, normalization.bias, normalization.mean, normalization.variance]
                    .map(\.version)
            }
            return versions
        }
    }

    /// A form that depends on the parameters and on the packing, not on the image size.
    private struct Key: Hashable {
        var weight: ObjectIdentifier
        var normalization: ObjectIdentifier?
        var packing: String
    }

    private struct Entry {
        var storage: FloatStorage
        var version: [Int]
    }

    private var packed: [Key: Entry] = [:]
    private var affine: [Key: Entry] = [:]

    public init() {}

    /// The weights as `kernel` reads them, forward or for the gradient of the input.
    func weights(
        of source: Source, for kernel: any ConvolutionKernel, forGradient: Bool, pool: ThreadPool
    ) -> UnsafePointer<Float> {
        let packing = forGradient ? kernel.gradientPacking : kernel.packing
        let key = key(of: source, packing: packing)
        let version = source.version
        if let entry = packed[key], entry.version == version { return UnsafePointer(entry.storage.pointer) }
        let storage =
            packed[key]?.storage
            ?? FloatStorage(count: forGradient ? kernel.gradientPackedCount : kernel.packedCount)
        guard let weights = source.weight.values.baseAddress else { return UnsafePointer(storage.pointer) }
        let scale = scale(of: source)
        if forGradient {
            kernel.packForGradient(weights: weights, scale: scale, into: storage.pointer, pool: pool)
        } else {
            kernel.pack(weights: weights, scale: scale, into: storage.pointer, pool: pool)
        }
        packed[key] = Entry(storage: storage, version: version)
        source.weight.dropPages()
        return UnsafePointer(storage.pointer)
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

    /// Factors, then offsets: `scale = w / √(variance + ε)`, `shift = b + (bias - mean) · scale`.
    private func affinePointer(of source: Source) -> UnsafePointer<Float> {
        let key = key(of: source, packing: "affine")
        let version = source.version
        if let entry = affine[key], entry.version == version { return UnsafePointer(entry.storage.pointer) }
        let count = source.weight.shape[0]
        let storage = affine[key]?.storage ?? FloatStorage(count: 2 * count)
        if let normalization = source.normalization {
            for channel in 0..<count {
                let deviation = (normalization.variance.values[channel] + normalization.epsilon).squareRoot()
                let scale = normalization.weight.values[channel] / deviation
                let offset = (source.bias?.values[channel] ?? 0) - normalization.mean.values[channel]
                storage.pointer[channel] = scale
                storage.pointer[count + channel] = normalization.bias.values[channel] + offset * scale
            }
        }
        affine[key] = Entry(storage: storage, version: version)
        return UnsafePointer(storage.pointer)
    }

    private func key(of source: Source, packing: String) -> Key {
        Key(
            weight: ObjectIdentifier(source.weight),
            normalization: source.normalization.map { ObjectIdentifier($0.weight) }, packing: packing)
    }
}
