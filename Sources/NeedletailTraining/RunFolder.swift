import NeedletailAnnotations

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The folder of a training run.
///
/// - `configuration.json`: what was asked for
/// - `results.csv`: one line an epoch
/// - `best.safetensors`, `last.safetensors`: the detector at its best validation AP and after the last epoch
/// - `validation.json`: the best detector's detections in the validation images, as COCO results
/// - `report.html`: a page about these
/// - `augmentation.jsonl`: what was done to every image, a line each, where a policy was given; steps that a resumed run
///   repeats stand twice
/// - `state.safetensors`: weights and optimiser in the middle of the run, to resume from
public struct RunFolder: Sendable {
    public let path: String

    public var configuration: String { path + "/configuration.json" }
    public var results: String { path + "/results.csv" }
    public var best: String { path + "/best.safetensors" }
    public var last: String { path + "/last.safetensors" }
    public var validation: String { path + "/validation.json" }
    public var report: String { path + "/report.html" }
    public var augmentation: String { path + "/augmentation.jsonl" }
    public var state: String { path + "/state.safetensors" }

    /// Makes the folder, or finds that it can be used.
    ///
    /// - Parameter resumes: Whether the folder's run is to be continued.
    /// - Throws: ``TrainingError`` when the folder cannot be written, holds a run that would be lost, or holds none
    ///   to resume.
    public init(path: String, resumes: Bool) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw TrainingError("\(path): this output folder cannot be made. Give a folder that you may write to.")
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw TrainingError("\(path): this output folder is not writable. Give a folder that you may write to.")
        }
        let holdsRun = [results, best, last, state].contains { FileManager.default.fileExists(atPath: $0) }
        if holdsRun, !resumes {
            throw TrainingError(
                "\(path): this folder holds a training run already. Continue it with --resume, or give another folder.")
        }
        if resumes, !FileManager.default.fileExists(atPath: state) {
            throw TrainingError(
                holdsRun
                    ? "\(path): the run in this folder is finished; there is nothing to resume."
                    : "\(path): there is no run to resume in this folder. Start one without --resume.")
        }
    }

    func writeResults(_ records: [EpochRecord]) throws {
        let text = ([EpochRecord.header] + records.map(\.line)).joined(separator: "\n") + "\n"
        try write(Data(text.utf8), to: results)
    }

    func append(_ draws: [AugmentationDraw]) throws {
        guard !draws.isEmpty else { return }
        let text = draws.map { $0.line + "\n" }.joined()
        guard let file = fopen(augmentation, "a") else {
            throw TrainingError("\(augmentation): this file cannot be written. May you write to the folder?")
        }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten else {
            throw TrainingError("\(augmentation): this file cannot be written. Is the disk full?")
        }
    }

    func write(_ data: Data, to file: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: file), options: .atomic)
        } catch {
            throw TrainingError("\(file): this file cannot be written (\(error)). Is the disk full?")
        }
    }

    func removeState() {
        try? FileManager.default.removeItem(atPath: state)
    }
}
