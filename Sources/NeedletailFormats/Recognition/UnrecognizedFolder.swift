import NeedletailDatasets
import NeedletailSystem

/// What to say of a folder in which no dataset is recognised.
enum UnrecognizedFolder {
    /// How many files are looked into.
    private static let sampleCount = 24
    private static let endings = [
        ".json", ".xml", ".csv", ".zip", ".tar", ".gz", ".7z", ".rar", ".odgt", ".jsonl", ".txt",
    ]

    /// - Throws: ``AnnotationError`` that says what is there in the place of a dataset, as far as that can be told.
    static func check(_ path: String) throws {
        guard Folder.isFolder(path) else { return }
        let names = try Folder.names(in: path, ending: "")
        guard !names.isEmpty else {
            throw AnnotationError(
                .notFound, file: path, problem: "the folder is empty", remedy: "Give the folder of a dataset")
        }
        let known = names.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
        for name in known.prefix(sampleCount) where !Folder.isFolder("\(path)/\(name)") {
            _ = try FileContent("\(path)/\(name)")
        }
        guard let picture = names.first(where: ImageFileName.isImage) else { return }
        throw AnnotationError(
            .notFound, file: path,
            problem: "the folder holds pictures, as \(picture), and no annotations that are known",
            remedy: """
                Give the file or the folder of the annotations, and this folder with \(setting: .imageFolder); \
                \(verb: .listFormats) names the formats
                """)
    }
}
