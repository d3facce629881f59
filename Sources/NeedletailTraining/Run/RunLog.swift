import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes what happens in a run, a line of JSON each: its start and end, epochs, steps left out, images set aside; and what
/// was done to every image, where a policy was given.
package final class RunLog: TrainingHook {
    /// One line; what does not apply is left out.
    struct Entry: Encodable {
        enum Event: String, Codable {
            case start, resume, epoch, interrupted, end
            case imageSetAside = "image set aside"
            case stepSkipped = "step skipped"
        }

        var event: Event
        /// Universal time.
        var time = Date.now.formatted(.iso8601)
        /// Counted from 1.
        var epoch: Int?
        /// Counted from 1; of a start or resume the first to come.
        var step: Int?
        var message: String?
        var images: [String]?
        var record: EpochRecord.Members?
        var bestEpoch: Int?
        var process: RunProcess?

        init(_ event: Event) { self.event = event }
    }

    /// As far as a line that was written is read again.
    private struct KnownEntry: Decodable {
        var event: Entry.Event
        var message: String?
    }

    private let file: LineLog
    private let augmentation: LineLog
    private let folder: RunFolder
    private let process: RunProcess
    private let start: (bytes: Int, augmentationBytes: Int)
    private var imagesSetAside: Set<String> = []

    /// - Parameter start: The lengths that the files had when the state was written that the run goes on from, in bytes.
    package init(_ folder: RunFolder, process: RunProcess, start: (bytes: Int, augmentationBytes: Int) = (0, 0)) {
        self.folder = folder
        self.process = process
        self.start = start
        file = LineLog(path: folder.log)
        augmentation = LineLog(path: folder.augmentation)
    }

    /// The lengths of the files, in bytes.
    package var byteCounts: (log: Int, augmentation: Int) { (file.byteCount, augmentation.byteCount) }

    /// Begins the files, or cuts them back to where the state was written.
    package func runStarted(_ status: TrainingStatus) throws {
        let isLogWhole = try file.truncate(to: start.bytes)
        imagesSetAside = Set(
            try Self.entries(of: file.path).filter { $0.event == .imageSetAside }.compactMap(\.message))
        if try !augmentation.truncate(to: start.augmentationBytes) || !isLogWhole {
            status.report(.warning("\(folder.path): lines are missing in a log of this run; it goes on without them"))
        }
        var entry = Entry(folder.hasState ? .resume : .start)
        entry.process = process
        entry.epoch = status.progress.epoch + 1
        entry.step = status.progress.batch + 1
        try append(entry)
    }

    package func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) throws {
        for failure in notes.failures { try setAside(reason: failure, epoch: status.progress.epoch + 1) }
        try augmentation.append(notes.draws)
    }

    package func stepSkipped(_ notes: BatchNotes, _ status: TrainingStatus) throws {
        var entry = Entry(.stepSkipped)
        entry.epoch = status.progress.epoch + 1
        entry.step = status.progress.batch + 1
        entry.images = notes.names
        try append(entry)
    }

    package func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {
        for failure in epoch.failures { try setAside(reason: failure, epoch: epoch.record.epoch) }
        var entry = Entry(.epoch)
        entry.epoch = epoch.record.epoch
        entry.record = epoch.record.members
        try append(entry)
    }

    package func runInterrupted(_ status: TrainingStatus) throws {
        var entry = Entry(.interrupted)
        entry.epoch = status.progress.epoch + 1
        entry.step = status.progress.batch + 1
        try append(entry)
    }

    /// Ends the log of a run that is over.
    package func finish(bestEpoch: Int?) throws {
        var entry = Entry(.end)
        entry.bestEpoch = bestEpoch
        try append(entry)
        try file.synchronize()
    }

    /// Waits until the lines are on the disk.
    package func synchronize() throws {
        try file.synchronize()
        try augmentation.synchronize()
    }

    private func append(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try file.append([String(decoding: try encoder.encode(entry), as: UTF8.self)])
    }

    /// Notes an image that could not be used, the first time only.
    private func setAside(reason: String, epoch: Int) throws {
        guard imagesSetAside.insert(reason).inserted else { return }
        var entry = Entry(.imageSetAside)
        entry.epoch = epoch
        entry.message = reason
        try append(entry)
    }

    /// Whether a log ends with the end of its run. Without a log there is nothing to be finished.
    ///
    /// - Throws: ``TrainingError`` when it cannot be read.
    static func isFinished(_ path: String) throws -> Bool {
        guard Folder.exists(path) else { return true }
        return try entries(of: path).last?.event == .end
    }

    private static func entries(of path: String) throws -> [KnownEntry] {
        guard let data = try RunFolder.content(of: path) else { return [] }
        let decoder = JSONDecoder()
        return data.split(separator: 0x0A).compactMap { try? decoder.decode(KnownEntry.self, from: $0) }
    }
}
