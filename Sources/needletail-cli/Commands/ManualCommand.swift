import ArgumentParser

/// Prints the manual page, which `make install` puts beside the program: the help of every verb.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page.",
        discussion: """
            EXAMPLE
              needletail manual > needletail.1
            """, shouldDisplay: false)

    func run() {
        var page = """
            .TH NEEDLETAIL 1 "" "Needletail \(Needletail.configuration.version)" "User Commands"
            .SH NAME
            needletail \\- \(Self.escaped(Needletail.configuration.abstract))
            .SH SYNOPSIS
            \(Self.escaped(Needletail.usageString()))

            """
        func add(_ command: ParsableCommand.Type, _ names: [String]) {
            page += ".SH \(Self.escaped(names.joined(separator: " ")))\n.nf\n"
            page += Self.escaped(Needletail.helpMessage(for: command, columns: 78)) + "\n.fi\n"
            for verb in command.configuration.subcommands where verb.configuration.shouldDisplay {
                add(verb, names + [verb._commandName])
            }
        }
        add(Needletail.self, ["needletail"])
        StandardOutput.writePlain(page)
    }

    /// Text as it stands, for troff.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let plain = line.replacing("\\", with: "\\e").replacing("-", with: "\\-")
            return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
        }.joined(separator: "\n")
    }
}
