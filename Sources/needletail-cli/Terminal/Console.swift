import ArgumentParser
import NeedletailPlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What every verb says and how: results on standard output, everything else on standard error.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the result as JSON on standard output.")
    var json = false

    @Flag(name: .long, help: "Print nothing but results, warnings and errors.")
    var quiet = false

    var console: Console { Console(isQuiet: quiet, printsJSON: json) }
}

/// The two output streams.
struct Console {
    let isQuiet: Bool
    let printsJSON: Bool

    /// A line about what is going on; not with `--quiet`.
    func note(_ text: String) {
        if !isQuiet { StandardError.write(text + "\n") }
    }

    /// A line that a person should read in any case.
    func warn(_ text: String) { alert("warning: \(text)") }

    /// Likewise, when the line says itself how grave it is.
    func alert(_ text: String) { StandardError.write(text + "\n") }

    /// The result: text for people, or `value` as JSON.
    func result(_ value: any Encodable, text: () -> String) throws {
        if printsJSON {
            StandardOutput.writePlain(try Self.json(value) + "\n")
        } else {
            let text = text()
            if !text.isEmpty { StandardOutput.write(text + "\n") }
        }
    }

    /// The result as JSON, one list of which may be longer than memory: its items are made and printed one by one.
    ///
    /// - Parameters:
    ///   - value: The result with that list empty.
    ///   - list: The list's key in the outermost object.
    func document(_ value: any Encodable, list: String, of items: some Sequence<some Encodable>) throws {
        let encoder = Self.makeEncoder()
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        let key = "\n  \"\(list)\" : ["
        guard let start = text.firstRange(of: key), let end = text[start.upperBound...].firstIndex(of: "]") else {
            preconditionFailure("no list \(list) in \(text)")
        }
        StandardOutput.writePlain(String(text[..<start.upperBound]))
        var isFirst = true
        for item in items {
            let lines = String(decoding: try encoder.encode(item), as: UTF8.self).split(separator: "\n")
            StandardOutput.writePlain(isFirst ? "\n" : ",\n")
            StandardOutput.writePlain(lines.map { "    \($0)" }.joined(separator: "\n"))
            isFirst = false
        }
        StandardOutput.writePlain((isFirst ? "\n\n  " : "\n  ") + text[end...] + "\n")
    }

    /// JSON as results have it.
    static func json(_ value: any Encodable) throws -> String {
        String(decoding: try makeEncoder().encode(value), as: UTF8.self)
    }

    private static func makeEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }

    /// Warns of the first few of many, then of their number.
    func warn(of items: [String], heading: String, limit: Int = 10) {
        guard !items.isEmpty else { return }
        warn(heading)
        for item in items.prefix(limit) { StandardError.write("  \(item.showingControls())\n") }
        if items.count > limit { StandardError.write("  ... and \(items.count - limit) more\n") }
    }
}
