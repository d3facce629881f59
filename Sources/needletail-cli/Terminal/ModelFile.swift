import Needletail
import NeedletailErrors
import NeedletailSystem

/// A file of weights as a person names it: by its path, by the folder of the run that made it, or by the name that published
/// weights have.
enum ModelFile {
    /// What a run writes, the better first.
    private static let names = ["best.safetensors", "last.safetensors"]
    /// Where published weights are looked for.
    private static let places = ["weights", "."]

    /// The path of the file that is meant; what is no file is left to whoever reads it.
    ///
    /// - Throws: ``CommandError`` for a folder that no run has written a model into, and for published weights that are not
    ///   there, with the command that fetches them.
    static func path(_ given: String) throws -> String {
        if ImageFolder.isFolder(given) {
            if let file = names.map({ (given.hasSuffix("/") ? given : given + "/") + $0 }).first(
                where: ImageFolder.exists)
            {
                return file
            }
            throw CommandError(
                "\(given): this folder holds neither \(names.joined(separator: " nor ")). Give the folder of a run that has "
                    + "finished an epoch, or a file of weights.")
        }
        if ImageFolder.exists(given) { return given }
        if let weights = KnownWeights.named(given) {
            let files = places.map { $0 == "." ? weights.fileName : FilePath.join($0, weights.fileName) }
            if let file = files.first(where: ImageFolder.exists) { return file }
            throw CommandError(
                "\(given): these published weights are not here, neither as \(files.joined(separator: " nor as ")). Fetch them: "
                    + fetching(weights, into: places[0]))
        }
        let (folder, name) = FilePath.split(given)
        if let weights = KnownWeights.named(name) {
            throw CommandError(
                "\(given): there is no such file. It is the name of published weights; fetch them: "
                    + fetching(weights, into: folder.isEmpty ? "." : folder))
        }
        if folder.isEmpty, !isModel(given), let near = NearestName.of(given, among: KnownWeights.all.map(\.name)) {
            throw CommandError(
                "\(given): there is no such file, and no published weights are called so. Did you mean '\(near)'?")
        }
        return given
    }

    /// A network by name needs no file.
    private static func isModel(_ name: String) -> Bool {
        DetectorModel(argument: name) != nil || AnyBackboneArchitecture(name: name) != nil
    }

    private static func fetching(_ weights: KnownWeights, into folder: String) -> String {
        ShellCommand.text(["needletail", "weights", "fetch", weights.name, "--output", folder])
    }
}
