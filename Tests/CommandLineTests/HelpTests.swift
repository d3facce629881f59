import Foundation
import ProgramRunner
import Testing

/// What `--help` says, word for word. To record it anew: `NEEDLETAIL_RECORD=1 swift test -c release --filter HelpTests`.
@Suite struct HelpTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/help")
    private static let isRecording = ProcessInfo.processInfo.environment["NEEDLETAIL_RECORD"] != nil

    /// The verbs that a help page lists below `SUBCOMMANDS`.
    private static func verbs(in help: String) -> [String] {
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let heading = lines.firstIndex(of: "SUBCOMMANDS:") else { return [] }
        return lines[(heading + 1)...].prefix { $0.hasPrefix("  ") }
            .filter { !$0.hasPrefix("   ") }.compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    private static func help(_ verbs: [String]) throws -> String {
        let outcome = try Program("needletail").run(verbs + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        return outcome.output
    }

    @Test func everyVerbExplainsItselfWithAnExample() throws {
        var pages: [([String], String)] = [([], try Self.help([]))]
        var next = 0
        while next < pages.count {
            let (path, text) = pages[next]
            for verb in Self.verbs(in: text) { pages.append((path + [verb], try Self.help(path + [verb]))) }
            next += 1
        }
        #expect(pages.count >= 10)
        for (path, text) in pages {
            let name = (["needletail"] + path).joined(separator: "-")
            #expect(text.contains("\nEXAMPLE\n  needletail "), "\(name)")
            try checkExample(text, of: name)
            try check(text, against: name)
        }
    }

    /// Wrapping at the width of a terminal would break a command in two.
    private func checkExample(_ text: String, of name: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex(of: "EXAMPLE"))
        var isContinued = false
        for line in lines[(start + 1)...].prefix(while: { !$0.isEmpty }) {
            #expect(line.hasPrefix(isContinued ? "      " : "  needletail "), "\(name): \(line)")
            isContinued = line.hasSuffix("\\")
        }
        #expect(!isContinued, "\(name) ends in the middle of a command")
    }

    private func check(_ text: String, against name: String) throws {
        let file = Self.folder.appendingPathComponent(name + ".txt")
        if Self.isRecording {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            return
        }
        let recorded = try? String(contentsOf: file, encoding: .utf8)
        #expect(recorded == text, "\(name) --help is not what was recorded; see HelpTests for how to record it anew")
    }

    @Test func versionIsAThreePartNumber() throws {
        let outcome = try needletail("--version")
        #expect(outcome.status == 0)
        #expect(outcome.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    }
}
