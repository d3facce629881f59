extension Dataset {
    /// Writes the dataset in any format, whole or not at all.
    ///
    /// - Parameter path: The file, or the folder for a format that is one (``DatasetFormat/isFolder``), with the
    ///   folders above it made where they are missing.
    /// - Throws: ``FileError`` when something cannot be written; ``AnnotationError`` when the destination exists, or
    ///   the dataset holds what the format cannot say at all.
    public func write(to path: String, format: DatasetFormat, options: WritingOptions = WritingOptions()) throws {
        if format.isFolder {
            var folder = try AtomicFolder(path: path, replaces: options.overwrites)
            try format.codec.write(self, to: folder.temporaryPath, options)
            try folder.commit()
            return
        }
        guard options.overwrites || !Folder.exists(path) || Folder.isDevice(path) else {
            throw AnnotationError(
                .notFound, file: path, problem: "the destination exists",
                remedy: "Give another one, or replace it with --overwrite")
        }
        try FolderTree.make(Folder.parent(of: path))
        try format.codec.write(self, to: path, options)
    }
}
