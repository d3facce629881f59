import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime

extension Checkpoint {
    /// Opens weights to start a training from: a file of weights, or an ONNX file of a network that is known.
    ///
    /// The layers of an ONNX file are found by what they are and how they follow each other, so names do not matter; the
    /// tensors get those that files of weights have. What the file computes and what the network computes with these weights
    /// are compared before anything is believed.
    ///
    /// - Throws: `CheckpointError`; ``ONNXError`` when the network is none that is known, or computes something else.
    public static func weights(contentsOf path: String) throws -> Checkpoint {
        guard try ONNXFile.isONNX(path) else { return try Checkpoint(contentsOf: path) }
        return try ONNXWeights(path).checkpoint()
    }
}

/// The weights of an ONNX file under the names that files of weights give them.
private struct ONNXWeights {
    let path: String
    let network: ONNXNetwork
    /// As it stands, and with convolutions over whole maps as the linear layers that they may have been.
    let readings: [LayerSkeleton]

    init(_ path: String) throws {
        self.path = path
        network = try ONNXNetwork(contentsOf: path).takingOneImage(pool: ThreadPool(threadCount: 1))
        // Where the file leaves it open, small maps tell as much.
        var size: Image.Size?
        if let open = ONNXImageInput(network)?.size, open.width == nil || open.height == nil {
            size = Image.Size(width: open.width ?? 224, height: open.height ?? 224)
        }
        let graph = try network.graph(input: size).graph
        readings = [LayerSkeleton(graph), LayerSkeleton(graph, readsMapsFlat: true)]
    }

    func checkpoint() throws -> Checkpoint {
        let known =
            try KnownNetwork(statedBy: network.metadata, path: path).map { [$0] }
            ?? KnownNetwork.candidates(for: readings[0])
        let pool = ThreadPool(threadCount: 1)
        var obstacle: String?
        for candidate in known {
            guard var transfer = readings.lazy.compactMap({ WeightTransfer($0, into: candidate) }).first else {
                continue
            }
            let missing = try transfer.fill(named: numbers(named:))
            guard missing.isEmpty else {
                obstacle = "its layers are those of \(candidate.name), but it has no \(Self.list(missing))"
                continue
            }
            if let (name, share) = try transfer.firstDifference(path: path, pool: pool) {
                let percent = share.isFinite ? " (by \(Self.short(share)) of its greatest number)" : ""
                obstacle =
                    "its layers are those of \(candidate.name), but \(name) computes something else than the file does"
                    + percent
                continue
            }
            return Checkpoint(
                path: path, format: .onnx,
                tensors: candidate.parameters.parameters.map {
                    StoredTensor(name: $0.name, shape: $0.shape, floats: $0.values)
                }, metadata: candidate.metadata, foldedNormalizations: transfer.folded)
        }
        throw ONNXError(
            .unsupported, subject: path, problem: obstacle ?? unknown(known),
            remedy: "Start from a file of weights (.pth, .safetensors), or from an export of a network that is known.")
    }

    private func numbers(named name: String) throws -> [Float]? {
        guard let constant = network.constants[name], constant.kind.isFloatingPoint else { return nil }
        return try constant.tensor().floats
    }

    private func unknown(_ known: [KnownNetwork]) -> String {
        let count = readings[0].layers.count
        guard count > 0 else { return "none of its layers has weights that can be taken over" }
        let nearest = known.map { (network: $0, common: LayerSkeleton($0.graph).commonCount(with: readings[0])) }
            .max { $0.common < $1.common }
        guard let nearest else { return "a network of \(count) layers with weights is none that is known here" }
        return "its layers are not those of a network that is known here; of its \(count) with weights, "
            + "\(nearest.common) are as in \(nearest.network.name)"
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }

    private static func short(_ share: Float) -> String {
        let rounded = (share * 1000).rounded() / 1000
        return rounded > 0 ? "\(rounded)" : "less than 0.001"
    }
}
