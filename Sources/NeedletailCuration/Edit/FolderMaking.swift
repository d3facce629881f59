import NeedletailSystem

extension FilePath {
    /// Makes a folder and those above it that are missing.
    static func makeFolder(_ path: String) throws(CurationError) {
        do throws(FileError) {
            try FolderTree.make(path)
        } catch {
            throw CurationError(
                .unwritable, subject: path, problem: error.problem, remedy: "Give a place that you may write to.")
        }
    }
}
