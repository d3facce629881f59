import NeedletailSystem

/// A reason for which training cannot start or go on.
public struct TrainingError: ActionableError {
    public enum Kind: Sendable {
        /// Of datasets and their images.
        case data
        /// What was asked for contradicts itself or what there is.
        case configuration
        /// The folder of a run cannot be used, or not for this.
        case folder
        /// A file cannot be written, or there is no space.
        case disk
        /// A run cannot be continued as what it is asked to be.
        case state
        /// Losses or weights have become something else than numbers, as when the learning rate is too high.
        case divergence
    }

    public let kind: Kind
    public let subject: String
    public let problem: String
    public let remedy: Remedy?

    init(_ kind: Kind, _ subject: String = "", problem: String, remedy: Remedy? = nil) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
    }
}

extension TrainingError {
    /// A folder that another run is using, or that cannot be kept to one.
    init(_ failure: FolderLock.Failure, folder: String, lockFile: String) {
        switch failure {
        case .held:
            self.init(
                .folder, folder, problem: "\(failure.owner ?? "another process") is training into this folder",
                remedy: "Wait for its end, stop it, or give another folder.")
        case .unwritable(let code):
            self.init(
                .folder, lockFile, problem: "this file cannot be made (\(systemMessage(code)))",
                remedy: "May you write to the folder, and is there space on the disk?")
        }
    }
}
