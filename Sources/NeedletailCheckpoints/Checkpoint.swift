import NeedletailArchives
import NeedletailSystem

/// The weights of a file, by name: PyTorch's (`.pth`, `.pt`, `.th`, any age) or safetensors.
///
/// The format is found from the content. Tensors are mapped, not read: opening a file of any size takes
/// milliseconds. A PyTorch file is a Python program; the few constructions that tensors need are recognised,
/// everything else is refused, and nothing is ever executed.
public struct Checkpoint: Sendable {
    public enum Format: String, Sendable {
        /// PyTorch 1.6 and later.
        case torchArchive = "PyTorch"
        /// PyTorch 0.1.10 to 1.5.
        case torchLegacy = "PyTorch (legacy)"
        case safetensors = "safetensors"
        /// A network for other programs, whose layers are those of one that is known.
        case onnx = "ONNX"
    }

    public let path: String
    public let format: Format
    /// In the order of the file.
    public let tensors: [StoredTensor]
    /// Texts kept beside the weights. Of a PyTorch file: numbers, texts and lists of them beside the weights, the
    /// lists as JSON.
    public let metadata: [String: String]
    /// Keys of a PyTorch file that led to the weights, joined by `/`; empty when they are outermost.
    public let nesting: String
    /// Layers of batch normalisation of which the file has no statistics, since it holds them in the weights before: their
    /// factors and offsets are as if mean and variance were 0 and 1.
    public let foldedNormalizations: [String]
    private let positions: [String: Int]

    /// Opens a weight file.
    ///
    /// A PyTorch file may keep its weights inside a larger dictionary, beside an optimiser's state and numbers of the
    /// script's own. Weights found outermost are taken, unless there are more of them under `state_dict`, `model`, `model_state_dict`, `model_state`, `net`,
    /// `net_state_dict`, `network`, `module`, `weights`, `params`, `generator`, and only then running averages
    /// (`ema_state_dict`, `state_dict_ema`, `model_ema`, `ema_model`, `ema`, `params_ema`), then the only entry that
    /// holds tensors.
    ///
    /// - Parameter key: Where to look instead; `/` separates nested keys.
    /// - Throws: `CheckpointError`.
    public init(contentsOf path: String, under key: String? = nil) throws(CheckpointError) {
        let file: ByteSource
        do { file = try ByteSource(mapping: path) } catch { throw CheckpointError(error) }
        do {
            let format = try Self.format(of: file.bytes)
            switch format {
            // Not found from the content alone.
            case .onnx: preconditionFailure("an ONNX file is no list of tensors")
            case .safetensors:
                guard key == nil else {
                    throw CheckpointError.Reason.unsupported(detail: "a safetensors file has no nested entries")
                }
                let content = try SafetensorsReader.read(file)
                self.init(path: path, format: format, tensors: content.tensors, metadata: content.metadata)
            case .torchArchive, .torchLegacy:
                let (state, tensors) =
                    try format == .torchArchive
                    ? TorchArchive.read(file, under: key) : TorchLegacyFile.read(file, under: key)
                self.init(
                    path: path, format: format, tensors: tensors, metadata: state.metadata,
                    nesting: state.path.joined(separator: "/"))
            }
        } catch let reason as CheckpointError.Reason {
            throw CheckpointError(path: path, reason: reason)
        } catch let fault as ContentFault {
            throw CheckpointError(path: path, reason: CheckpointError.Reason(fault))
        } catch {
            throw CheckpointError(path: path, reason: .malformed(detail: "\(error)"))
        }
    }

    package init(
        path: String, format: Format, tensors: [StoredTensor], metadata: [String: String], nesting: String = "",
        foldedNormalizations: [String] = []
    ) {
        self.path = path
        self.foldedNormalizations = foldedNormalizations
        self.format = format
        self.tensors = tensors
        self.metadata = metadata
        self.nesting = nesting
        positions = Dictionary(
            tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether tensors lie in a file that is mapped, where their numbers can be found again; otherwise they are in memory.
    public var isMapped: Bool { format != .onnx }

    /// The tensor of a name.
    public subscript(name: String) -> StoredTensor? { positions[name].map { tensors[$0] } }

    /// Number of floating-point elements, running statistics of normalisation layers included.
    public var elementCount: Int {
        tensors.lazy.filter(\.scalarType.isFloatingPoint).reduce(0) { $0 &+ $1.elementCount }
    }

    private static func format(of bytes: UnsafeRawBufferPointer) throws -> Format {
        if bytes.starts(with: TorchArchive.signature) { return .torchArchive }
        if TorchLegacyFile.hasSignature(bytes) { return .torchLegacy }
        if SafetensorsReader.hasSignature(bytes) { return .safetensors }
        let head = bytes.prefix(512)
        let start = String(decoding: head.prefix(64), as: UTF8.self).lowercased()
        let detail =
            if bytes.isEmpty {
                "the file is empty"
            } else if start.hasPrefix("version https://git-lfs") {
                "a Git LFS pointer; run 'git lfs pull' to get the file it stands for"
            } else if start.drop(while: { $0.isWhitespace }).hasPrefix("<") {
                "a web page or XML, perhaps in place of a failed download"
            } else if head.starts(with: [0x1f, 0x8b]) {
                "gzip data; unpack it first"
            } else if head.count > 262, head[257..<262].elementsEqual("ustar".utf8) {
                "a tar archive; unpack it first, or, if PyTorch before 0.1.10 wrote it, save it again with a newer one"
            } else if head.first == 0x80 {
                "a Python pickle that torch.save did not write"
            } else if head.starts(with: "GGUF".utf8) {
                "a GGUF file"
            } else if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
                "an HDF5 file; save the weights as safetensors"
            } else if ONNXModel.isLikely(bytes) {
                "an ONNX file, a network with its weights; what is wanted here is weights alone"
            } else if bytes.count < 16 {
                "only \(bytes.count) bytes"
            } else {
                "unknown content"
            }
        throw CheckpointError.Reason.unrecognized(detail: detail)
    }
}
