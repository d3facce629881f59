import Foundation
import ProgramRunner
import Testing

/// No message names an option or a verb that there is not.
@Suite struct AdviceFlagTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The help of every verb, by the verb.
    private static func pages() throws -> [String: String] {
        let root = try Program("needletail").run(["--help"]).output
        let lines = root.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex(of: "SUBCOMMANDS:"))
        let verbs = lines[(start + 1)...].filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(verbs.count > 10)
        var pages: [String: String] = [:]
        for verb in verbs { pages[verb] = try Program("needletail").run([verb, "--help"]).output }
        for part in ["show", "fetch"] {
            pages["weights", default: ""] += try Program("needletail").run(["weights", part, "--help"]).output
        }
        return pages
    }

    private static func flags(in text: String) -> Set<String> {
        Set(text.matches(of: /--[a-z][a-z-]*[a-z]/).map { String($0.output) })
    }

    /// Help has `--flag` and `--[no-]flag` or `--flag/--no-flag`.
    private static func known(_ pages: [String: String]) -> Set<String> {
        flags(in: pages.values.joined(separator: "\n"))
    }

    private func expectKnown(_ text: String, _ pages: [String: String]) {
        let known = Self.known(pages)
        for flag in Self.flags(in: text) { #expect(known.contains(flag), "\(flag) in: \(text)") }
        for match in text.matches(of: /needletail ([a-z]+)/) {
            #expect(pages[String(match.output.1)] != nil, "\(match.output.0) in: \(text)")
        }
    }

    /// The words for the library's settings and verbs, as the program's source has them.
    @Test func wordsOfSettingsAndVerbsAreOptionsAndVerbs() throws {
        let source = URL(fileURLWithPath: ShapesExcerpt.package)
            .appendingPathComponent("Sources/needletail-cli/Terminal/Wording+CommandLine.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        #expect(Self.flags(in: text).count > 20)
        expectKnown(text, try Self.pages())
    }

    /// All kinds of advice that there are, as `evaluate` gives them.
    @Test func adviceNamesOptionsThatThereAre() throws {
        let pages = try Self.pages()
        var titles: Set<String> = []
        for detections in Self.cases {
            let images = (1...20).map { "{\"id\":\($0),\"file_name\":\"\($0).jpg\",\"width\":900,\"height\":400}" }
            var annotations: [String] = []
            for image in 1...20 {
                for (place, side) in [(0, 40), (1, 40), (2, 20), (3, 20)] {
                    annotations.append(
                        "{\"id\":\(annotations.count),\"image_id\":\(image),\"category_id\":\(place % 2 + 1),"
                            + "\"bbox\":[\(place * 100),50,\(side),\(side)],\"area\":\(side * side),\"iscrowd\":0}")
                }
            }
            let truth = try folder.write(
                "{\"images\":[\(images.joined(separator: ","))],\"annotations\":[\(annotations.joined(separator: ","))],"
                    + "\"categories\":[{\"id\":1,\"name\":\"cat\"},{\"id\":2,\"name\":\"dog\"}]}", to: "truth.json")
            let entries = (1...20).flatMap { image in
                detections(image).map { box in
                    "{\"image_id\":\(image),\"category_id\":\(box.category),\"bbox\":[\(box.x),50,\(box.side),\(box.side)],"
                        + "\"score\":\(box.score)\(box.name.map { ",\"category_name\":\"\($0)\"" } ?? "")}"
                }
            }
            let found = try folder.write("[\(entries.joined(separator: ","))]", to: "found.json")
            for options in [[], ["--max-detections", "1,2", "--corrected"]] {
                let outcome = try Program("needletail").run(["evaluate", truth, found] + options)
                #expect(outcome.status == 0, "\(outcome.errors)")
                expectKnown(outcome.output + outcome.errors, pages)
                for line in outcome.output.split(separator: "\n") where line.hasPrefix("- ") {
                    titles.insert(String(line.dropFirst(2).prefix { $0 != "." }))
                }
            }
        }
        let wanted = [
            "Tighten the boxes", "Suppress double detections", "Teach it what is background", "Tell the classes apart",
            "Use a larger input size", "Match the classes", "See whether all images were looked at",
            "Detect again with all scores", "Number the annotations from 1", "Number the classes as the dataset does",
            "Look why some classes are never detected",
        ]
        for title in wanted { #expect(titles.contains(title), "\(titles.sorted())") }
    }

    private struct Found {
        var category: Int
        var x: Double
        var side = 40.0
        var score: Double
        var name: String?
    }

    private static let cases: [@Sendable (Int) -> [Found]] = [
        // Loose boxes, and small objects that are missed.
        { image in
            [
                Found(category: 1, x: image % 2 == 0 ? 20 : 0, score: 0.9),
                Found(category: 2, x: 112, score: 0.05 + 0.01 * Double(image)),
            ]
        },
        // Found twice, of another class, where nothing is.
        { image in
            [
                Found(category: 1, x: 0, score: 0.9), Found(category: 1, x: 2, score: 0.85),
                Found(category: image % 2 + 1, x: 100, score: 0.8), Found(category: 1, x: 600, score: 0.7),
                Found(category: 1, x: 200, side: 20, score: 0.05),
            ]
        },
        // In half of the images, with high scores and a class of another name.
        { image in
            image > 10
                ? []
                : [
                    Found(category: 1, x: 0, score: 0.5 + 0.01 * Double(image), name: "cat"),
                    Found(category: 7, x: 100, score: 0.6, name: "wolf"),
                ]
        },
        // All that there is, and what there is not.
        { _ in
            [
                Found(category: 1, x: 0, score: 0.9), Found(category: 2, x: 100, score: 0.8),
                Found(category: 1, x: 200, side: 20, score: 0.8), Found(category: 2, x: 300, side: 20, score: 0.8),
                Found(category: 1, x: 600, score: 0.85), Found(category: 2, x: 700, score: 0.85),
            ]
        },
        // Classes that are counted otherwise.
        { _ in
            [
                Found(category: 2, x: 0, score: 0.9), Found(category: 1, x: 100, score: 0.8),
                Found(category: 2, x: 200, side: 20, score: 0.7), Found(category: 1, x: 300, side: 20, score: 0.6),
            ]
        },
    ]
}
