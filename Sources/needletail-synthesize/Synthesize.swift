import ArgumentParser

@main
struct Synthesize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail-synthesize",
        abstract: "Make datasets out of nothing: drawn pictures, or annotations at the size of COCO.",
        subcommands: [ShapesCommand.self, AnnotationsCommand.self],
        defaultSubcommand: ShapesCommand.self)
}
