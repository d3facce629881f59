import ArgumentParser
import NeedletailData

struct RemapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remap",
        abstract: "Rename, join and drop classes.",
        discussion: """
            Classes that get one name are joined. A mapping file holds a line 'old = new' for each class, 'old =' to \
            drop it, or a JSON object of old and new names with null to drop.

            EXAMPLE
              needletail remap cells.json new.json --rename WBC=leukocyte
              needletail remap coco.json pets.json --join cat,dog=pet --keep cat,dog
              needletail remap cells.json new.json --drop Platelets --ids-from 0
              needletail remap cells.json new.json --file classes.txt
            """)

    @Argument(help: "The dataset.")
    var source: String

    @Argument(help: "The dataset to write.")
    var destination: String

    @Option(help: ArgumentHelp("Rename a class; may be repeated.", valueName: "old=new"))
    var rename: [Renaming] = []

    @Option(help: ArgumentHelp("Join classes under one name; may be repeated.", valueName: "a,b=name"))
    var join: [Renaming] = []

    @Option(help: "Drop these classes with their boxes: names with commas between them.")
    var drop: NameList?

    @Option(help: "Drop all classes but these and those that are renamed or joined.")
    var keep: NameList?

    @Option(help: "Read the mapping from a file.")
    var file: String?

    @Flag(help: "Drop the classes that the file does not name.")
    var dropOthers = false

    @Option(help: ArgumentHelp("Number the classes anew from here.", valueName: "number"))
    var idsFrom: Int?

    @OptionGroup var input: SourceOptions
    @OptionGroup var target: DestinationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if rename.isEmpty, join.isEmpty, drop == nil, keep == nil, file == nil, idsFrom == nil {
            throw ValidationError("Nothing to change: give --rename, --join, --drop, --keep, --file or --ids-from.")
        }
        if let idsFrom, !(0...Int(Int32.max)).contains(idsFrom) {
            throw ValidationError("--ids-from is a number from 0 to \(Int32.max).")
        }
    }

    func run() throws {
        var mapping = CategoryMapping()
        if let file { try mapping.read(TextFile.read(file), file: file) }
        for name in keep?.names ?? [] { mapping.names[name] = .some(name) }
        for name in drop?.names ?? [] { mapping.names[name] = .some(nil) }
        for renaming in rename + join {
            for name in renaming.old { mapping.names[name] = .some(renaming.new) }
        }
        mapping.dropsOthers = dropOthers || keep != nil
        mapping.firstID = idsFrom
        let dataset = try input.read(source, console: output.console)
        let mapped = try mapping(dataset)
        try target.write(mapped, to: destination, apartFrom: [source], console: output.console)
        try DatasetSummary(mapped, destination: destination, before: dataset).print(output.console)
    }
}

/// `old=new` or `a,b=new`.
struct Renaming: ExpressibleByArgument {
    let old: [String]
    let new: String

    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "=") else { return nil }
        old = argument[..<sign].split(separator: ",").map(String.init)
        new = String(argument[argument.index(after: sign)...])
        if old.isEmpty || new.isEmpty { return nil }
    }
}
