#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What happened in a run, a line of JSON each: its start and end, epochs, steps left out, images set aside.
final class RunLog {
    /// One line; what does not apply is left out.
    struct Entry: Codable {
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
        var record: EpochRecord?
        var bestEpoch: Int?
        var process: RunProcess?

        init(_ event: Event) { self.event = event }
    }

    private let file: LineLog
    private var imagesSetAside: Set<String> = []

    init(path: String) { file = LineLog(path: path) }

    var byteCount: Int { file.byteCount }

    func append(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try file.append([String(decoding: try encoder.encode(entry), as: UTF8.self)])
    }

    /// Notes an image that could not be used, the first time only.
    func setAside(reason: String, epoch: Int) throws {
        guard imagesSetAside.insert(reason).inserted else { return }
        var entry = Entry(.imageSetAside)
        entry.epoch = epoch
        entry.message = reason
        try append(entry)
    }

    /// Returns to the first `byteCount` bytes.
    func truncate(to byteCount: Int) throws -> Bool {
        let isWhole = try file.truncate(to: byteCount)
        imagesSetAside = Set(
            Self.entries(of: file.path).filter { $0.event == .imageSetAside }.compactMap(\.message))
        return isWhole
    }

    func synchronize() throws { try file.synchronize() }

    /// Whether a log ends with the end of its run. Without a log there is nothing to be finished.
    static func isFinished(_ path: String) -> Bool {
        entries(of: path).last.map { $0.event == .end } ?? !FileManager.default.fileExists(atPath: path)
    }

    private static func entries(of path: String) -> [Entry] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return [] }
        let decoder = JSONDecoder()
        return data.split(separator: 0x0A).compactMap { try? decoder.decode(Entry.self, from: $0) }
    }
}
