import NeedletailKernels

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a run's process is: of which version, by which command, with what it computes.
public struct RunProcess: Codable, Hashable, Sendable {
    /// Of the program.
    public var version: String
    /// The command line, the program first.
    public var command: [String]
    public var threads: Int
    /// See `KernelVariant`.
    public var kernels: String

    public init(version: String, command: [String], pool: ThreadPool) {
        self.version = version
        self.command = command
        threads = pool.threadCount
        kernels = KernelVariant.name
    }
}

/// A run's `configuration.json`: what was asked for, and what it was done with.
public struct RunDescription: Codable, Hashable, Sendable {
    /// A file of starting weights.
    public struct Weights: Codable, Hashable, Sendable {
        public var path: String
        /// Nil where it could not be computed.
        public var sha256: String?

        public init(path: String, sha256: String?) {
            self.path = path
            self.sha256 = sha256
        }
    }

    public var process: RunProcess
    public var trainingDataset: String
    public var validationDataset: String?
    public var weights: Weights?
    public var run: RunIdentity

    func write(to folder: RunFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try folder.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: folder.configuration)
    }

    /// What differs from the run that a folder says was begun in it; empty where it does not say.
    func differences(fromRunIn folder: RunFolder) -> [String] {
        guard let old = RunDescription(in: folder.path) else { return [] }
        var lines = run.differences(from: old.run)
        if let then = old.weights?.sha256, let now = weights?.sha256, then != now {
            lines.append("weights: SHA-256 \(then.prefix(12))… then, \(now.prefix(12))… now")
        } else if (old.weights == nil) != (weights == nil) {
            lines.append("weights: \(old.weights?.path ?? "none") then, \(weights?.path ?? "none") now")
        }
        return lines
    }
}

extension RunDescription {
    /// The description of the run that a folder holds; nil where it has none, or one of another version.
    init?(in folder: String) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: RunFolder.configuration(in: folder))),
            let description = try? JSONDecoder().decode(RunDescription.self, from: data)
        else { return nil }
        self = description
    }
}

extension RunDescription {
    /// Whether a folder has the description of a run, of this version of the program or another.
    static func isThere(in folder: String) -> Bool {
        struct Form: Decodable {
            struct Process: Decodable { var command: [String] }
            var process: Process
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: RunFolder.configuration(in: folder))) else {
            return false
        }
        return (try? JSONDecoder().decode(Form.self, from: data)) != nil
    }
}
