import NeedletailData
import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a verb changed, one JSON object a line.
enum ChangeLog {
    static func path(beside destination: String) -> String {
        var name = destination
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        return name + ".changes.jsonl"
    }

    /// Writes the log as `DESTINATION.changes.jsonl`.
    static func write(_ changes: [DatasetChange], beside destination: String, console: Console) throws {
        let path = path(beside: destination)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = ""
        for change in changes { text += String(decoding: try encoder.encode(change), as: UTF8.self) + "\n" }
        try AtomicFile.write(text, to: path)
        console.note("\(destination): the corrected copy; \(path): \(changes.count) changes")
    }
}
