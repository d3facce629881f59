import NeedletailKernels
import NeedletailSystem

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

/// A file of starting weights.
public struct StartingWeights: Codable, Hashable, Sendable {
    public var path: String
    /// Nil where it could not be computed.
    public var sha256: String?

    public init(path: String, sha256: String?) {
        self.path = path
        self.sha256 = sha256
    }
}

/// A run's `configuration.json`: what was asked for, and what it was done with.
public struct RunDescription<M: RunModel>: Codable, Hashable, Sendable {
    public var process: RunProcess
    public var trainingDataset: String
    public var validationDataset: String?
    public var weights: StartingWeights?
    public var run: RunIdentity<M>

    /// What processes that do one run together must have in common, as names and values.
    func traits(folder: String) -> [String: String] {
        var traits = SettingTree.leaves(of: run)
        traits["the program's version"] = process.version
        traits["the kernels"] = process.kernels
        traits["the folder"] = folder
        traits["the weights' SHA-256"] = weights?.sha256 ?? "none"
        return traits
    }

    func write(to folder: RunFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try folder.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: folder.configuration)
    }

    /// What differs from the run that a folder says was begun in it; empty where it does not say.
    ///
    /// - Throws: ``TrainingError`` when it cannot be read.
    func differences(fromRunIn folder: RunFolder) throws -> [String] {
        guard let old = try RunDescription(in: folder.path) else { return [] }
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
    ///
    /// - Throws: ``TrainingError`` when it cannot be read.
    init?(in folder: String) throws {
        guard let data = try RunFolder.content(of: RunFolder.configuration(in: folder)),
            let description = RunFolder.decoded(RunDescription.self, from: data)
        else { return nil }
        self = description
    }
}

extension RunFolder {
    /// As far as runs of all models say the same.
    private struct Form: Decodable {
        struct Process: Decodable { var command: [String] }
        struct Run: Decodable { var training: TrainingConfiguration }
        var process: Process
        /// Nil where another version of the program has written it.
        var run: Run?

        private enum CodingKeys: CodingKey { case process, run }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            process = try container.decode(Process.self, forKey: .process)
            run = try? container.decode(Run.self, forKey: .run)
        }
    }

    private static func form(of folder: String) throws -> Form? {
        guard let data = try content(of: configuration(in: folder)) else { return nil }
        return decoded(Form.self, from: data)
    }

    /// Nil where it is something else. Apart from its callers, because of a fault of the compiler (6.3): optimised, an error
    /// that `try?` has caught ends a function that throws all the same.
    @inline(never)
    fileprivate static func decoded<Value: Decodable>(_ type: Value.Type, from data: Data) -> Value? {
        try? JSONDecoder().decode(type, from: data)
    }

    /// What a file of a run holds; nil where there is none.
    ///
    /// - Throws: ``TrainingError`` when it cannot be read.
    static func content(of file: String) throws -> Data? {
        do throws(FileError) {
            let source = try ByteSource(reading: file)
            return withExtendedLifetime(source) { Data(source.bytes) }
        } catch {
            if error.isAbsence { return nil }
            throw TrainingError(
                .folder, file, problem: error.problem, remedy: "Let it be read, or give another folder.")
        }
    }

    /// Whether a folder has the description of a run, of this version of the program or another.
    static func holdsDescription(_ folder: String) throws -> Bool { try form(of: folder) != nil }

    /// The epochs that were planned for the run in a folder, if there is one.
    public static func plannedEpochs(in folder: String) -> Int? { (try? form(of: folder))?.run?.training.epochs }
}
