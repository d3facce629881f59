import ArgumentParser
import NeedletailData
import NeedletailPlatform
import NeedletailProcesses

/// The root of the command line.
struct Needletail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail",
        abstract: "Object detection on ordinary computers: convert, train, evaluate, detect, draw.",
        discussion: """
            EXAMPLE
              needletail convert BCCD cells/train.json --split train
              needletail convert BCCD cells/val.json --split val
              needletail weights fetch yolox-nano-coco --output weights/
              needletail train cells/train.json --validation cells/val.json \\
                  --images BCCD/JPEGImages \\
                  --weights weights/yolox_nano.pth \\
                  --output runs/cells
              needletail detect runs/cells/best.safetensors photos/ --output found/

            EXIT CODES
              0 done, 1 failed, 2 wrong usage, 3 findings
            """,
        version: "0.2.0",
        subcommands: [
            ConvertCommand.self, CheckCommand.self, SplitCommand.self, MergeCommand.self, FilterCommand.self,
            RemapCommand.self, StatsCommand.self, TileCommand.self, AugmentCommand.self, TrainCommand.self,
            TuneCommand.self, ClassifyCommand.self, EvaluateCommand.self, DetectCommand.self, ExportCommand.self,
            DrawCommand.self, SummaryCommand.self, InspectCommand.self, WeightsCommand.self, DataCommand.self,
            ManualCommand.self,
        ])

    @Flag(name: .customShort("V"), help: "The same as --version.")
    var showsVersion = false

    func run() throws {
        guard showsVersion else { throw CleanExit.helpRequest() }
        StandardOutput.write(Self.configuration.version + "\n")
    }
}

/// How a verb ends when it does not end well.
enum ExitStatus: Int32 {
    case failed = 1
    case wrongUsage = 2
    case findings = 3
}

/// What happens from a command line to an exit status.
package enum Program {
    /// Does what the command line of the process says, and ends it.
    package static func main() -> Never {
        // A reader of our output that has gone away is no reason to die without a word.
        signal(SIGPIPE, SIG_IGN)
        // Nor is a limit on the size of files: writing fails like on a full disk.
        signal(SIGXFSZ, SIG_IGN)
        StandardError.isMuted = Processes.isFollower
        let status = run()
        if let failure = StandardOutput.finish() {
            StandardError.write("error: \(failure)\n")
            exit(ExitStatus.failed.rawValue)
        }
        exit(status)
    }

    /// Reads a command line without doing what it says.
    ///
    /// - Throws: What is wrong with it, in words.
    package static func read(_ arguments: [String]) throws {
        do { _ = try Needletail.parseAsRoot(arguments) } catch {
            throw UsageText(text: Needletail.fullMessage(for: error))
        }
    }

    /// What is told of a command line that is wrong, or asks for help.
    private struct UsageText: Error, CustomStringConvertible {
        var text: String
        var description: String { text }
    }

    /// The command of a command line.
    ///
    /// The verb reads it alone first: to have all verbs' options at hand takes longer than anything else of a start. Whatever it
    /// does not take, a question for help among it, goes to the root, which knows how the verb is called.
    private static func command(_ words: [String]) throws -> any ParsableCommand {
        let verb = Needletail.configuration.subcommands.first { $0.configuration.commandName == words.first }
        if let verb, let command = try? verb.parseAsRoot(Array(words.dropFirst())) {
            let kind = type(of: command)
            if kind == verb || verb.configuration.subcommands.contains(where: { $0 == kind }) { return command }
        }
        return try Needletail.parseAsRoot(words)
    }

    /// Does what the command line says; returns the exit status.
    private static func run() -> Int32 {
        // Usage is that of the verb, also where it finds out only while it runs.
        var verb: ParsableCommand.Type = Needletail.self
        do {
            var command = try command(Array(CommandLine.arguments.dropFirst()))
            verb = type(of: command)
            if Processes.isFollower, !(command is any SharedCommand) { return 0 }
            try command.run()
            Processes.leave()
            return 0
        } catch let error as ValidationError where verb != Needletail.self {
            let usage = Needletail.usageString(for: verb)
            let name = usage.prefix { $0 != "[" && $0 != "<" }
            StandardError.write(
                "Error: \(error.message)\nUsage: \(usage)\n  See '\(name)--help' for more information.\n")
            return Processes.isFollower ? 0 : ExitStatus.wrongUsage.rawValue
        } catch {
            let code = Needletail.exitCode(for: error)
            if code == .success {
                StandardOutput.write(Needletail.fullMessage(for: error) + "\n")
                return 0
            }
            // The first says how it ended, to the launcher too: of one that fails before it has been heard, launchers end all.
            if let code = error as? ExitCode {
                Processes.leave()
                return Processes.isFollower ? 0 : code.rawValue
            }
            let isUsage = code == .validationFailure
            let message = isUsage ? Needletail.fullMessage(for: error) : "error: \(Wording.commandLine(error))"
            let processError = error as? ProcessError
            if isUsage || processError?.isShared == true {
                let hint = isUsage ? UsageHint.text(message, words: Array(CommandLine.arguments.dropFirst())) : nil
                StandardError.write(message + (hint.map { "\n\($0)" } ?? "") + "\n")
                Processes.leave()
                return Processes.isFollower ? 0 : isUsage ? ExitStatus.wrongUsage.rawValue : ExitStatus.failed.rawValue
            }
            Processes.abandon(message + "\n", isLoss: processError?.kind == .lost)
            return ExitStatus.failed.rawValue
        }
    }
}
