import NeedletailSystem

/// A file that is no detector, or not one that can be used.
public struct DetectorError: ActionableError {
    public enum Kind: Hashable, Sendable {
        case notADetector
        /// The file is of a newer program.
        case newerVersion
        /// The file states a kind of network that there is not.
        case unknownArchitecture
        /// What the file says about itself cannot be read.
        case malformed
    }

    public let kind: Kind
    /// The file.
    public let subject: String
    public let problem: String
    public let remedy: Remedy?

    init(_ kind: Kind, path: String, problem: String, remedy: Remedy?) {
        self.kind = kind
        subject = path
        self.problem = problem
        self.remedy = remedy
    }

    /// What is found out where the file is not known.
    enum Reason: Error {
        case newerVersion(Int)
        case unknownArchitecture(String)
    }

    init(path: String, reason: Reason) {
        switch reason {
        case .newerVersion(let version):
            self.init(
                .newerVersion, path: path,
                problem: "the detector's configuration is of version \(version), written by a newer program",
                remedy: "Use that program, or a newer version of this one.")
        case .unknownArchitecture(let name):
            self.init(
                .unknownArchitecture, path: path,
                problem: "the detector is a '\(name)', which is not known here; known are \(DenseArchitectures.names)",
                remedy: "Was the file written by a newer version?")
        }
    }
}

extension Verb {
    /// Training a detector from weights.
    public static let fineTuning = Verb(rawValue: "fine-tuning")
}
