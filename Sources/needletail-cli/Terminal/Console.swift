import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
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
    func warn(_ text: String) { StandardError.write("warning: \(text)\n") }

    /// The result: text for people, or `value` as JSON.
    func result(_ value: some Encodable, text: () -> String) throws {
        if printsJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
            print(String(decoding: try encoder.encode(value), as: UTF8.self))
        } else {
            let text = text()
            if !text.isEmpty { print(text) }
        }
    }

    /// Warns of the first few of many, then of their number.
    func warn(of items: [String], heading: String, limit: Int = 10) {
        guard !items.isEmpty else { return }
        warn(heading)
        for item in items.prefix(limit) { StandardError.write("  \(item)\n") }
        if items.count > limit { StandardError.write("  ... and \(items.count - limit) more\n") }
    }
}
