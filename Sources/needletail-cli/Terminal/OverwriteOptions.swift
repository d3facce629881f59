import ArgumentParser

/// Whether a verb may replace files that are there.
struct OverwriteOptions: ParsableArguments {
    @Flag(help: "Replace files that are there already.")
    var overwrite = false

    /// Finds that a file may be written, and makes the folder that it goes into.
    ///
    /// - Parameters:
    ///   - what: What the file is to be: `the report`.
    ///   - inputs: What is read, which is never replaced.
    /// - Throws: ``CommandError``
    func claim(_ path: String, as what: String, apartFrom inputs: [String]) throws {
        try OutputRule.requireFree([path], what: what, overwrites: overwrite, inputs: inputs)
        try OutputFolder.makeParent(of: path)
    }
}

/// The one rule about files that verbs write: nothing that is there is replaced unless a person says so, and what is read
/// is never replaced.
enum OutputRule {
    /// - Parameters:
    ///   - files: What is to be written.
    ///   - what: What that is, in words.
    ///   - inputs: Files that are read.
    /// - Throws: ``CommandError`` that names the first file in the way.
    static func requireFree(_ files: [String], what: String, overwrites: Bool, inputs: [String]) throws {
        let own = Set(inputs.map(OutputFolder.canonical))
        if let file = files.first(where: { own.contains(OutputFolder.canonical($0)) }) {
            throw CommandError(
                "\(file): this file, which is read, would be written over by \(what). Give another name or folder, so "
                    + "that your files stay as they are.")
        }
        guard !overwrites else { return }
        let there = files.filter { ImageFolder.exists($0) && !ImageFolder.isDevice($0) }
        guard let first = there.first else { return }
        let more = there.count > 1 ? ", and \(there.count - 1) more of the files to be written are" : " is"
        throw CommandError(
            "\(first)\(more) there already, and would be replaced by \(what). Give another name or folder, or replace what "
                + "is there with --overwrite.")
    }
}
