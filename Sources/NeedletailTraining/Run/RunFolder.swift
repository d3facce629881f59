import NeedletailPlatform
import NeedletailProcesses
import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The folder of a training run, kept to one process while it is in use.
///
/// - `configuration.json`: what was asked for, and what it was done with
/// - `results.csv`: one line an epoch
/// - `curves.png`: the same as curves
/// - `samples.png`: the first batch as the network sees it
/// - `best.safetensors`, `last.safetensors`: the model at its best in validation and after the last epoch
/// - `validation.json`: a detector's detections in the validation images at its best, as COCO results
/// - `validation.csv`: what a classifier says of the validation images at its best
/// - `predictions.png`: some of them beside what is annotated
/// - `report.html`: a page about these
/// - `log.jsonl`: what happened, a line each
/// - `augmentation.jsonl`: what was done to every image, a line each, where a policy was given
/// - `state.safetensors`: weights and optimiser, to resume from; of a finished run, where it is kept, for more epochs
/// - `run.lock`: held while the run goes on
public struct RunFolder: Sendable {
    public let path: String
    /// Whether there is a state to continue from.
    public let hasState: Bool
    /// Whether the run has come to its end: it can go on for more epochs alone.
    public let isFinished: Bool
    /// Whether a run was begun here that ended before its first state: it starts over.
    public let startsOver: Bool
    /// Nil where another process of the group holds it.
    private let lock: FolderLock?

    public var configuration: String { Self.configuration(in: path) }
    public var results: String { path + "/results.csv" }
    public var curves: String { path + "/curves.png" }
    public var samples: String { path + "/samples.png" }
    public var best: String { path + "/best.safetensors" }
    public var last: String { path + "/last.safetensors" }
    public var validation: String { path + "/validation.json" }
    public var classes: String { path + "/validation.csv" }
    public var predictions: String { path + "/predictions.png" }
    public var report: String { path + "/report.html" }
    public var log: String { path + "/log.jsonl" }
    public var augmentation: String { path + "/augmentation.jsonl" }
    public var state: String { path + "/state.safetensors" }

    /// What a run writes.
    private static let fileNames = [
        "configuration.json", "results.csv", "curves.png", "samples.png", "best.safetensors", "last.safetensors",
        "validation.json", "validation.csv", "predictions.png", "report.html", "log.jsonl", "augmentation.jsonl",
        "state.safetensors",
    ]

    /// Makes the folder, or finds that it can be used.
    ///
    /// - Parameter resumes: Whether the folder's run is to be continued.
    /// - Throws: As ``check(path:resumes:)``, and when another process trains into the folder.
    public init(path: String, resumes: Bool) throws {
        try Self.check(path: path, resumes: resumes)
        self.path = path
        do throws(FileError) {
            try FolderTree.make(path)
        } catch {
            throw TrainingError(
                .folder, path, problem: "this output folder cannot be made (\(error.problem))",
                remedy: "Give a folder that you may write to.")
        }
        let lockFile = path + "/" + Self.lockName
        // A process that was killed leaves it.
        let wasLocked = Self.exists(lockFile)
        do throws(FolderLock.Failure) {
            lock = try FolderLock(path: lockFile)
        } catch {
            throw TrainingError(error, folder: path, lockFile: lockFile)
        }
        let content = try Content(of: path, wasLocked: wasLocked)
        hasState = Self.exists(path + "/state.safetensors")
        isFinished = content == .finished
        startsOver = resumes && content == .begun
        removeRemains()
    }

    /// Makes the folder of a run that several processes work at: the first makes it and keeps it, and all must see it.
    ///
    /// - Throws: As ``init(path:resumes:)``, and `ProcessError` when it does not lie on a file system that all share.
    public init(path: String, resumes: Bool, group: any ProcessGroup) throws {
        let own = group.isFirst ? try RunFolder(path: path, resumes: resumes) : nil
        let lockFile = path + "/" + Self.lockName
        var message = try group.fromFirst {
            var message = Message()
            message.append(own?.hasState == true ? 1 : 0)
            message.append(own?.startsOver == true ? 1 : 0)
            message.append(own?.isFinished == true ? 1 : 0)
            return message
        }
        let hasState = message.nextInt() != 0, startsOver = message.nextInt() != 0
        let isFinished = message.nextInt() != 0
        // A file system of the net may show a new name some seconds later.
        let deadline = ContinuousClock.now + .seconds(5)
        while !Self.exists(lockFile), ContinuousClock.now < deadline { usleep(100_000) }
        var sight = Message()
        sight.append(Self.exists(lockFile) ? 1 : 0)
        for (rank, answer) in try group.gather(sight).enumerated() {
            var answer = answer
            guard answer.nextInt() == 0 else { continue }
            throw ProcessError(
                .differences, problem: "\(path): \(group.name(of: rank)) does not see this folder of the run",
                remedy: "Give one on a file system that all computers share, under the same path.")
        }
        self.init(
            path: path, hasState: hasState, isFinished: isFinished, startsOver: startsOver, lock: own?.lock)
    }

    private init(path: String, hasState: Bool, isFinished: Bool, startsOver: Bool, lock: FolderLock?) {
        self.path = path
        self.hasState = hasState
        self.isFinished = isFinished
        self.startsOver = startsOver
        self.lock = lock
    }

    /// Finds before any work whether a folder can be used; nothing is made or changed.
    ///
    /// - Throws: ``TrainingError`` when the folder cannot be written, holds a run that would be lost, or none to resume.
    public static func check(path: String, resumes: Bool) throws {
        guard exists(path) else {
            guard !resumes else { throw nothingToResume(path) }
            return
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw TrainingError(
                .folder, path, problem: "this output folder is not writable",
                remedy: "Give a folder that you may write to.")
        }
        let lockFile = path + "/" + lockName
        do throws(FolderLock.Failure) {
            try FolderLock.requireFree(path: lockFile)
        } catch {
            throw TrainingError(error, folder: path, lockFile: lockFile)
        }
        switch try Content(of: path, wasLocked: exists(lockFile)) {
        case .nothing:
            if resumes { throw nothingToResume(path) }
            try requireNone(of: fileNames, in: path)
        case .begun:
            guard try holdsDescription(path) else { return try requireNone(of: fileNames, in: path) }
            if !holdsDetector(path) {
                try requireNone(of: fileNames.filter { !namesBeforeFirstEpoch.contains($0) }, in: path)
            } else if !resumes {
                // Nothing is lost that was more than begun.
                throw holdsRun(path)
            }
        case .stopped: if !resumes { throw holdsRun(path) }
        case .finished:
            guard resumes else { throw holdsRun(path) }
            guard exists(path + "/state.safetensors") else {
                throw TrainingError(
                    .folder, path,
                    problem: "the run in this folder is finished, and its state is gone; there is nothing to resume",
                    remedy: "Start another run from its weights.")
            }
        }
    }

    static func configuration(in folder: String) -> String { folder + "/configuration.json" }

    /// What of them is there before the first epoch is over.
    private static let namesBeforeFirstEpoch = ["configuration.json", "samples.png", "log.jsonl", "augmentation.jsonl"]

    /// Files of a run's names that no run has written are somebody's own.
    private static func requireNone(of names: [String], in path: String) throws {
        guard let name = names.first(where: { exists(path + "/" + $0) }) else { return }
        throw TrainingError(
            .folder, path + "/" + name,
            problem: "this file is there already, of no training run, and a run would replace it",
            remedy: "Give another folder.")
    }

    private static let lockName = "run.lock"

    /// What a folder holds of a run.
    private enum Content {
        case nothing
        /// A run that ended before its first state.
        case begun
        case stopped, finished

        /// - Throws: ``TrainingError`` when a file that tells it cannot be read.
        init(of path: String, wasLocked: Bool) throws {
            if exists(path + "/state.safetensors") {
                self = try exists(path + "/log.jsonl") && RunLog.isFinished(path + "/log.jsonl") ? .finished : .stopped
            } else if holdsDetector(path), try RunLog.isFinished(path + "/log.jsonl") {
                self = .finished
            } else if try wasLocked || holdsDescription(path) {
                self = .begun
            } else {
                self = .nothing
            }
        }
    }

    private static func exists(_ file: String) -> Bool { Folder.exists(file) }

    private static func holdsDetector(_ path: String) -> Bool {
        ["best.safetensors", "last.safetensors", "results.csv"].contains { exists(path + "/" + $0) }
    }

    private static func holdsRun(_ path: String) -> TrainingError {
        TrainingError(
            .folder, path, problem: "this folder holds a training run already",
            remedy: "Continue it with \(setting: .resume), or give another folder.")
    }

    private static func nothingToResume(_ path: String) -> TrainingError {
        TrainingError(
            .folder, path, problem: "there is no run to resume in this folder",
            remedy: "Start one without \(setting: .resume).")
    }

    /// Removes what a killed process had not finished writing. Nobody else writes here: the folder is locked.
    private func removeRemains() {
        let names = Self.fileNames
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            let isRemains = names.contains { name in
                entry.hasPrefix(".\(name).") || (entry.hasPrefix("\(name).") && entry.hasSuffix(".part"))
            }
            // FrozenFeatures takes the name away from its file at once; this one was killed in between.
            let isUnnamed = entry.hasPrefix("features.") && entry.utf8.count == "features.XXXXXX".utf8.count
            if isRemains || isUnnamed { _ = uninterrupted { unlink("\(path)/\(entry)") } }
        }
    }

    func write(_ text: String, to file: String) throws {
        try writing(file) { try AtomicFile.write(text, to: file) }
    }

    /// Lets a file be written, and says what helps if that fails.
    func writing(_ file: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as TrainingError {
            throw error
        } catch {
            // Errors of files begin with the path.
            let text = "\(error)"
            throw Self.unwritable(
                file, reason: text.hasPrefix(file + ": ") ? String(text.dropFirst(file.count + 2)) : text)
        }
    }

    static func unwritable(_ file: String, reason: String) -> TrainingError {
        TrainingError(
            .disk, file, problem: "this file cannot be written (\(reason))",
            remedy: """
                What the folder holds is whole: make space on the disk, or let the folder be written to, and continue with \
                \(setting: .resume).
                """)
    }

    /// Waits until the files that a state builds on are on the disk: a state that outlives a power cut must not speak
    /// of files that do not.
    ///
    /// - Throws: ``TrainingError`` when one of them may not be there then.
    func synchronize() throws {
        for file in [configuration, results, validation, classes] {
            let descriptor = Descriptor.open(file, O_RDONLY)
            if descriptor < 0, errno == ENOENT { continue }
            let code = descriptor < 0 || uninterrupted({ fsync(descriptor) }) != 0 ? errno : 0
            if descriptor >= 0 { _ = Descriptor.close(descriptor) }
            guard code == 0 else { throw Self.unwritable(file, reason: systemMessage(code)) }
        }
    }

    /// Ends the run: what else is to be made of it must be there.
    ///
    /// - Throws: ``TrainingError`` when the state stays.
    public func removeState() throws {
        guard uninterrupted({ unlink(state) }) != 0, errno != ENOENT else { return }
        throw TrainingError(
            .disk, state, problem: "this file of a finished run cannot be removed (\(systemMessage(errno)))",
            remedy: "All else is there: remove it yourself.")
    }
}
