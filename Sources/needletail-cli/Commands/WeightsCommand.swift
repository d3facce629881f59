import ArgumentParser
import NeedletailCheckpoints
import NeedletailDownloads
import NeedletailErrors

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights",
        abstract: "List published weights, fetch them, or look into a weight file.",
        discussion: """
            EXAMPLE
              needletail weights
              needletail weights fetch resnet18-imagenet-v1 --output weights/
              needletail weights show weights/resnet18-f37072fd.pth
            """,
        subcommands: [List.self, Fetch.self, Show.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the published weights that can be fetched.",
            discussion: """
                The checksum is the start of the file's SHA-256, as the publisher puts it into the file's name; not every \
                publisher states one, nor a size.

                EXAMPLE
                  needletail weights list
                """)

        @OptionGroup var output: OutputOptions

        private struct Entry: Encodable {
            var name: String
            var architecture: String
            var dataset: String
            var file: String
            var mebibytes: Double?
            var sha256Prefix: String?
            var url: String
        }

        func run() throws {
            let entries = KnownWeights.all.map {
                Entry(
                    name: $0.name, architecture: $0.architecture, dataset: $0.dataset, file: $0.fileName,
                    mebibytes: $0.publishedMebibytes, sha256Prefix: $0.checksum.map { String($0.digits.prefix(8)) },
                    url: $0.url)
            }
            try output.console.result(entries) {
                let rows =
                    [["name", "trained on", "MiB", "SHA-256"]]
                    + entries.map {
                        [
                            $0.name, $0.dataset, $0.mebibytes.map { Progress.decimal($0) } ?? "",
                            $0.sha256Prefix.map { $0 + "..." } ?? "",
                        ]
                    }
                return Table.text(rows) + "\n\nFetch one: needletail weights fetch NAME --output FOLDER"
            }
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fetch",
            abstract: "Fetch published weights, resuming where an earlier try stopped, and verify them.",
            discussion: """
                EXAMPLE
                  needletail weights fetch resnet18-imagenet-v1 --output weights/
                """)

        @Argument(help: "A name from 'needletail weights', or a URL.")
        var name: String

        @Option(help: "The folder to write to.")
        var output = "."

        @Option(help: "The SHA-256 that the file must have: all 64 digits or the first 8 or more.")
        var sha256: String?

        @OptionGroup var network: FetchOptions
        @OptionGroup var outputOptions: OutputOptions

        private struct Result: Encodable {
            var path: String
            var sha256: String
            var wasPresent: Bool
        }

        func run() throws {
            let console = outputOptions.console
            var checksum: Checksum?
            if let sha256 {
                guard let given = Checksum(sha256) else {
                    throw ValidationError("--sha256 takes 8 to 64 hexadecimal digits, not '\(sha256)'.")
                }
                checksum = given
            }
            var download: Download
            if let known = KnownWeights.named(name) {
                download = known.download(into: output, checksum: checksum)
            } else if name.contains("://") {
                let file = name.split(separator: "/").last.map(String.init) ?? "weights"
                download = Download(
                    url: name, to: output + "/" + file, checksum: checksum ?? Checksum(fileName: file))
            } else {
                throw ValidationError(
                    "No published weights are called '\(name)'; 'needletail weights' lists them."
                        + NearestName.question(name, among: KnownWeights.all.map(\.name)))
            }
            download.policy.reachTimeoutSeconds = network.timeout
            try OutputFolder.makeParent(of: download.destination)
            Interruption.watch()
            var progress: Progress?
            let outcome = try download.fetch { state in
                let total = (state.totalByteCount ?? 0) >> 20
                if progress == nil { progress = Progress("fetch", unit: "MiB", total: total, console: console) }
                progress?.update(state.receivedByteCount >> 20)
                return !Interruption.isRequested
            }
            progress?.clear()
            if checksum == nil, download.checksum == nil {
                console.warn("the file could not be verified: give its --sha256")
            }
            let result = Result(
                path: download.destination, sha256: outcome.sha256, wasPresent: outcome.wasPresent)
            try console.result(result) {
                "\(result.path)\(result.wasPresent ? " was there already" : ""), SHA-256 \(result.sha256)"
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show what a weight file holds.",
            discussion: """
                EXAMPLE
                  needletail weights show weights/resnet18-f37072fd.pth
                """)

        @Argument(help: "A PyTorch or safetensors file.")
        var file: String

        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            struct Tensor: Encodable {
                var name: String
                var type: String
                var shape: [Int]
            }

            var path: String
            var format: String
            var architecture: String?
            var nesting: String
            var tensors: [Tensor]
            var metadata: [String: String]
        }

        func run() throws {
            let file = try ModelFile.path(file)
            let checkpoint = try Checkpoint(contentsOf: file)
            let result = Result(
                path: file, format: checkpoint.format.rawValue,
                architecture: CheckpointArchitecture(checkpoint)?.description,
                nesting: checkpoint.nesting,
                tensors: checkpoint.tensors.map { .init(name: $0.name, type: $0.scalarType.rawValue, shape: $0.shape) },
                metadata: checkpoint.metadata)
            try output.console.result(result) {
                let kind = result.architecture.map { ", looks like \($0)" } ?? ""
                let rows = result.tensors.map { [$0.name, $0.type, "\($0.shape)"] }
                return "\(file): \(result.format)\(kind), \(rows.count) tensors, \(checkpoint.elementCount) numbers\n"
                    + Table.text(rows)
            }
        }
    }
}
