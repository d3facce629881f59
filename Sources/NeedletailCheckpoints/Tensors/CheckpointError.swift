import NeedletailArchives
import NeedletailSystem

/// A weight file that could not be read or written: which file, why, and what helps.
public struct CheckpointError: ActionableError, Equatable {
    public enum Reason: Error, Equatable, Sendable {
        /// The operating system refused: `detail` is its message.
        case inaccessible(detail: String)
        /// The file ends before something it announces.
        case truncated(detail: String)
        /// The content contradicts itself or its format.
        case malformed(detail: String)
        /// No known weight format; `detail` says what the file looks like.
        case unrecognized(detail: String)
        /// A correct file that uses something outside what weights need.
        case unsupported(detail: String)
        /// A pickle asks for a Python object other than tensors and plain containers.
        case refusedGlobal(name: String)
        /// A count in the file exceeds what any real checkpoint holds.
        case limitExceeded(detail: String)
        /// The file holds no tensors where they were looked for.
        case noTensors(detail: String)
        /// The tensor's scalars or layout do not suit the request.
        case unsuitableTensor(name: String, detail: String)
        /// A tensor of weights holds infinite numbers or some that are none.
        case notFinite(name: String)
    }

    public let path: String
    public let reason: Reason

    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    package init(_ error: FileError) {
        self.init(path: error.path, reason: .inaccessible(detail: error.problem))
    }

    public var kind: Reason { reason }
    public var subject: String { path }
    public var problem: String { reason.problem }
    public var remedy: Remedy? { reason.remedy }
}

extension CheckpointError.Reason: CustomStringConvertible {
    public var description: String { remedy.map { "\(problem). \($0)" } ?? problem }

    var problem: String {
        switch self {
        case .inaccessible(let detail), .unsupported(let detail), .noTensors(let detail):
            detail
        case .truncated(let detail):
            "the file is incomplete: \(detail)"
        case .malformed(let detail):
            "the file is damaged: \(detail)"
        case .unrecognized(let detail):
            "not a weight file: \(detail)"
        case .refusedGlobal(let name):
            "the file asks for the Python object '\(name)', which plain weights do not need; it was not run"
        case .limitExceeded(let detail):
            "refused: \(detail)"
        case .unsuitableTensor(let name, let detail):
            "tensor '\(name)' \(detail)"
        case .notFinite(let name):
            "the weights are no finite numbers (tensor '\(name)'), so that nothing can be computed with them"
        }
    }

    var remedy: Remedy? {
        switch self {
        case .truncated: "Download or copy it again"
        case .unrecognized: "PyTorch (.pth, .pt) and safetensors files are read"
        case .notFinite:
            "They are of a training that has diverged, or damaged: use those of an earlier epoch, or train again"
        case .refusedGlobal:
            "Save the model's state_dict() alone, or convert the file to safetensors where you trust it"
        default: nil
        }
    }
}

extension CheckpointError.Reason {
    init(_ fault: ContentFault) {
        switch fault {
        case .truncated(let detail): self = .truncated(detail: detail)
        case .malformed(let detail): self = .malformed(detail: detail)
        case .unsupported(let detail): self = .unsupported(detail: detail)
        }
    }
}
