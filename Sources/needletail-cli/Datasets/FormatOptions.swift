import ArgumentParser
import NeedletailData

/// How files of annotations are to be understood, where they do not tell themselves.
struct FormatOptions: ParsableArguments {
    @Option(help: "The format of the annotations, where it is not to be recognised.")
    var from: DatasetFormat?

    @Option(
        help: ArgumentHelp(
            "How Pascal VOC's corners are meant: inclusive1 (pixels from 1, last one included), shift1 (1 subtracted "
                + "from all), zero (as they stand)."))
    var vocOrigin: VOCOrigin = .inclusive1

    @Option(help: "The attribute that names the class, where the format knows attributes but no classes (VIA).")
    var classAttribute: String?

    @Option(
        help: "What the columns of a table mean: image=NAME,class=NAME,xmin=NAME ...; see the README for all roles.",
        transform: TableColumns.init(argument:))
    var columns: TableColumns?

    func reading(split: String? = nil, images: String? = nil) -> ReadingOptions {
        var options = ReadingOptions(format: from, split: split, images: images)
        options.vocOrigin = vocOrigin
        options.classAttribute = classAttribute
        if let columns { options.columns = columns }
        return options
    }

    /// The flags that say the same, for a command to be copied.
    var flags: [String] {
        var flags: [String] = []
        if let from { flags += ["--from", from.rawValue] }
        if vocOrigin != .inclusive1 { flags += ["--voc-origin", vocOrigin.rawValue] }
        if let classAttribute { flags += ["--class-attribute", classAttribute] }
        if let columns { flags += ["--columns", columns.argument] }
        return flags
    }
}

extension DatasetFormat: ExpressibleByArgument {}
extension VOCOrigin: ExpressibleByArgument {}

extension TableColumns {
    /// Parses `image=NAME,class=NAME ...`.
    init(argument: String) throws {
        self.init()
        for part in argument.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let role = Role(rawValue: pair[0]) else {
                throw ValidationError(
                    "\(part) is no column. Write ROLE=NAME; the roles are "
                        + Role.allCases.map(\.rawValue).joined(separator: ", ") + ".")
            }
            headers[role] = pair[1]
        }
    }

    /// As ``init(argument:)`` parses it.
    var argument: String {
        Role.allCases.compactMap { role in headers[role].map { "\(role.rawValue)=\($0)" } }.joined(separator: ",")
    }
}
