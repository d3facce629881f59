import NeedletailDatasets
import NeedletailSystem

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
            if needsSidecar(format, options) {
                try Sidecar.write(
                    self, format: format, to: Sidecar.path(of: folder.temporaryPath, isFolder: true))
            }
            try folder.commit()
            return
        }
        guard options.overwrites || !Folder.exists(path) || Folder.isDevice(path) else {
            throw AnnotationError(
                .notFound, file: path, problem: "the destination exists",
                remedy: "Give another one, or replace it with \(setting: .overwriting)")
        }
        try FolderTree.make(FilePath.parent(of: path))
        let sidecar = Sidecar.path(of: path, isFolder: false)
        // One that is there belongs to what is being replaced.
        if Folder.exists(sidecar) {
            guard Sidecar.isOne(sidecar) else {
                throw AnnotationError(
                    .notFound, file: sidecar, problem: "this file is there, and a sidecar of that name may be needed",
                    remedy: "Give another destination")
            }
        }
        // All that can fail comes before the first of the two takes its name: what is there is replaced with its sidecar.
        let new = TemporaryName.path(beside: sidecar)
        let isNeeded = needsSidecar(format, options) && !Folder.isDevice(path)
        defer { FolderTree.remove(new) }
        if isNeeded { try Sidecar.write(self, format: format, to: new) }
        try format.codec.write(self, to: path, options)
        if isNeeded { try FolderTree.rename(new, to: sidecar) } else { FolderTree.remove(sidecar) }
    }

    private func needsSidecar(_ format: DatasetFormat, _ options: WritingOptions) -> Bool {
        options.writesSidecar && format.capabilities.annotationFields != nil
    }
}

extension Dataset {
    /// Reads back what ``write(to:format:options:)`` wrote and compares.
    ///
    /// - Parameters:
    ///   - path: What was written.
    ///   - usesSidecar: Whether with the sidecar, as Needletail reads it, or without, as other tools do.
    /// - Throws: As ``read(_:options:)``.
    public func difference(
        from path: String, format: DatasetFormat, options: WritingOptions, usesSidecar: Bool
    ) throws -> DatasetDifference {
        var reading = ReadingOptions(format: format)
        reading.vocOrigin = options.vocOrigin
        reading.usesSidecar = usesSidecar
        reading.knownImages = KnownImages(images)
        if format == .cocoResults { reading.annotations = provenance.path }
        let copy = try Dataset.read(path, options: reading)
        // With the sidecar everything has its own name again.
        return DatasetComparison.difference(
            DatasetPairing(original: self, copy: copy, format: usesSidecar ? .coco : format))
    }
}
