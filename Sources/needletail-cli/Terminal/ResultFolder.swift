import NeedletailSystem

/// The folder that a verb writes into where a person names none: `runs/train`, or `runs/train-2` and so on where that is there
/// already.
enum ResultFolder {
    private static let parent = "runs"

    /// The folder that is given, or else a new one, or the newest where its work goes on.
    ///
    /// - Parameter verb: What the folder is called after.
    /// - Throws: ``CommandError`` when there is none to go on with.
    static func named(_ given: String?, for verb: String, resumes: Bool = false, console: Console) throws -> String {
        if let given { return given }
        return try resumes ? newest(of: verb, console: console) : new(for: verb, console: console)
    }

    /// A place where nothing is.
    private static func new(for verb: String, console: Console) -> String {
        let path = candidates(verb).first { !ImageFolder.exists($0) } ?? FilePath.join(parent, verb)
        console.note("the results go into \(path); --output names another folder")
        return path
    }

    /// The newest that is there.
    private static func newest(of verb: String, console: Console) throws -> String {
        guard let path = Array(candidates(verb).prefix(while: ImageFolder.exists)).last else {
            throw CommandError("there is no \(FilePath.join(parent, verb)) to resume. Name the folder with --output.")
        }
        console.note("resumed is \(path); --output names another folder")
        return path
    }

    private static func candidates(_ verb: String) -> some Sequence<String> {
        (1...100_000).lazy.map { FilePath.join(parent, $0 == 1 ? verb : "\(verb)-\($0)") }
    }
}
