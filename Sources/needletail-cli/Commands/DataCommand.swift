import ArgumentParser
import NeedletailDownloads
import NeedletailErrors
import NeedletailPlatform
import NeedletailSystem

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "List public datasets, or fetch one.",
        discussion: """
            EXAMPLE
              needletail data
              needletail data fetch bccd --output data/
            """,
        subcommands: [List.self, Fetch.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List public datasets with size, classes, licence and where they come from.",
            discussion: """
                Sizes are about what is transferred. Those without a command to fetch them are given out by their \
                publishers alone, on the page that is named.

                EXAMPLE
                  needletail data list
                  needletail data list --json
                """)

        @OptionGroup var output: OutputOptions

        private struct Document: Encodable {
            struct Entry: Encodable {
                var name: String
                var title: String
                var task: KnownDataset.Task
                var images: Int
                var classes: Int
                var megabytes: Double?
                var licence: String
                var page: String
                var urls: [String]
                var nextCommand: String?
            }

            struct Site: Encodable {
                var name: String
                var address: String
                var about: String
            }

            var datasets: [Entry]
            var sites: [Site]
        }

        func run() throws {
            let document = Document(
                datasets: KnownDataset.all.map {
                    .init(
                        name: $0.name, title: $0.title, task: $0.task, images: $0.imageCount, classes: $0.classCount,
                        megabytes: $0.megabytes, licence: $0.licence, page: $0.page, urls: $0.files.map(\.url),
                        nextCommand: $0.nextCommand(folder: $0.name))
                },
                sites: KnownDataset.sites.map { .init(name: $0.name, address: $0.address, about: $0.about) })
            try output.console.result(document) { text(document) }
        }

        private func text(_ document: Document) -> String {
            let rows = document.datasets.map { entry in
                [
                    entry.name, entry.task.rawValue, entry.title, "\(entry.images)", "\(entry.classes)",
                    entry.megabytes.map(Self.size) ?? "", entry.urls.isEmpty ? "no" : "yes",
                ]
            }
            let table = Table.text(
                [["name", "task", "what it shows", "images", "classes", "size", "fetched"]] + rows, leftColumns: 3)
            let terms = document.datasets.map { "  \($0.name): \($0.licence); \($0.page)" }
            let sites = document.sites.map { "  \($0.name), \($0.address): \($0.about)" }
            return [
                table, "Licences, and pages with the terms to read before you use a dataset:",
                terms.joined(separator: "\n"), "More are found at:", sites.joined(separator: "\n"),
                "Fetch one: needletail data fetch NAME --output FOLDER",
            ].joined(separator: "\n\n")
        }

        private static func size(_ megabytes: Double) -> String {
            megabytes < 1000 ? "\(Int(saturating: megabytes)) MB" : "\(Progress.decimal(megabytes / 1000)) GB"
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fetch",
            abstract: "Fetch a public dataset, resuming where an earlier try stopped, check and unpack it.",
            discussion: """
                FOLDER/NAME is there when all of it is; what has arrived before lies in FOLDER/NAME.part. Archives never \
                write outside that folder; links in them are left out.

                EXAMPLE
                  needletail data fetch bccd --output data/
                """)

        @Argument(help: "A name from 'needletail data'.")
        var name: String

        @Option(help: "The folder in which the dataset gets a folder of its own.")
        var output = "."

        @OptionGroup var network: FetchOptions
        @OptionGroup var outputOptions: OutputOptions

        private struct Result: Encodable {
            var folder: String
            var files: Int
            var leftOut: Int
            var unverified: [String]
            var nextCommand: String?
        }

        func run() throws {
            let console = outputOptions.console
            guard let dataset = KnownDataset.named(name) else {
                let names = KnownDataset.all.map(\.name).joined(separator: ", ")
                throw ValidationError(
                    "No dataset is called '\(name)'."
                        + "\(NearestName.question(name, among: KnownDataset.all.map(\.name))) There are \(names).")
            }
            guard dataset.isFetched else {
                throw CommandError(
                    "\(name): its publishers give it out themselves (\(dataset.licence)): \(dataset.page). Put it where you "
                        + "want it; 'needletail convert --list' says what is read.")
            }
            console.note("\(name): \(dataset.title); \(dataset.licence); \(dataset.page)")
            Interruption.watch()
            var display = FetchDisplay(console: console)
            let folder = output.hasSuffix("/") && output.count > 1 ? String(output.dropLast()) : output
            var fetch = DatasetFetch(dataset, into: folder)
            fetch.policy.reachTimeoutSeconds = network.timeout
            let outcome = try fetch.run { step in
                display.show(step)
                return !Interruption.isRequested
            }
            display.clear()
            if !outcome.unverified.isEmpty {
                console.warn(
                    "no checksum is published of \(outcome.unverified.joined(separator: ", ")): only the length was checked"
                )
            }
            if outcome.leftOut > 0 {
                console.warn(
                    "\(Count.text(outcome.leftOut, "entry", plural: "entries")) of the archives left out: links, devices, and what systems add"
                )
            }
            let result = Result(
                folder: outcome.folder, files: outcome.files, leftOut: outcome.leftOut, unverified: outcome.unverified,
                nextCommand: dataset.nextCommand(folder: FilePath.quoted(outcome.folder)))
            try console.result(result) {
                "\(result.folder): \(Count.text(result.files, "file"))"
                    + (result.nextCommand.map { "\n\nNext: \($0)" } ?? "")
            }
        }
    }
}

/// What is said while a dataset is on its way: a line for each file and part of the work.
private struct FetchDisplay {
    let console: Console
    private var progress: Progress?
    private var title = ""

    init(console: Console) { self.console = console }

    mutating func show(_ step: DatasetFetch.Step) {
        switch step {
        case .fetching(let name, let state):
            // Nothing is known before a server has answered.
            guard let total = state.totalByteCount else { return }
            start("fetch \(name)", unit: "MiB", total: total >> 20)
            if state.receivedByteCount >> 20 > 0 { progress?.update(state.receivedByteCount >> 20) }
        case .verifying(let name):
            start("check \(name)", unit: "%", total: 100)
        case .unpacking(let name, let share):
            start("unpack \(name)", unit: "%", total: 100)
            progress?.update(Int(saturating: share * 100))
        }
    }

    private mutating func start(_ title: String, unit: String, total: Int) {
        guard title != self.title else { return }
        progress?.clear()
        self.title = title
        progress = Progress(title, unit: unit, total: total, console: console)
    }

    mutating func clear() { progress?.clear() }
}
