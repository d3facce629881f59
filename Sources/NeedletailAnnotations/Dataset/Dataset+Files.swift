extension Dataset {
    /// Reads a dataset.
    ///
    /// COCO JSON and Pascal VOC are told apart by what is there: a file or a folder with XML files. Doubtful
    /// records are kept and listed in ``issues``.
    ///
    /// - Parameters:
    ///   - path: The JSON file, or the folder that holds `Annotations` or the XML files.
    ///   - format: The format, when it is not to be recognised.
    ///   - split: For Pascal VOC, the list in `ImageSets/Main` to read: `train`, `val` ...
    ///   - images: The folder of the image files. Without it, `JPEGImages` for Pascal VOC; for COCO the first of
    ///     the JSON file's folder, its `images`, and `images` beside that folder that has the first image.
    ///   - vocOrigin: How the pixel coordinates of Pascal VOC are meant.
    ///   - isLenient: Whether records that are no good (a field missing or of another type, an unknown image or
    ///     category) are left out and listed in ``refusals`` instead of ending the reading at the first.
    /// - Throws: ``FileError`` when a file cannot be read; ``AnnotationError`` when it is not of the format, with
    ///   the file, line, record and remedy.
    public static func read(
        _ path: String, format: DatasetFormat? = nil, split: String? = nil, images: String? = nil,
        vocOrigin: VOCOrigin = .inclusive1, isLenient: Bool = false
    ) throws -> Dataset {
        if let images, !Folder.isFolder(images) {
            throw AnnotationError(
                .notFound, file: images, problem: "there is no such folder of images",
                remedy: "Give the folder that the file names in the annotations are relative to")
        }
        switch try format ?? recognisedFormat(path) {
        case .coco:
            if let split {
                throw AnnotationError(
                    .notFound, file: path, problem: "a COCO file has no split \(split)",
                    remedy: "Give the file of that split")
            }
            var dataset = try CocoReader.read(path, isLenient: isLenient)
            dataset.imageFolder = images ?? dataset.likelyImageFolder()
            return dataset
        case .voc:
            return try VOCReader.read(
                path, split: split, images: images, origin: vocOrigin, isLenient: isLenient)
        }
    }

    /// Writes the dataset as COCO JSON, one record a line, whole or not at all.
    ///
    /// What came from a COCO file is written back as it stood: members in their order, unknown fields byte for
    /// byte, numbers in the form they had, missing fields still missing. Only values that were changed are
    /// written anew, doubles with the fewest digits that read back the same. `NaN` and `Infinity`, which are not
    /// JSON, become `null`.
    ///
    /// - Throws: ``FileError`` when the file cannot be written, or the file that the dataset was read from has
    ///   been changed in place.
    public func write(to path: String) throws {
        var writer = CocoWriter(self)
        try writer.write(to: path)
    }

    private static func recognisedFormat(_ path: String) throws -> DatasetFormat {
        guard Folder.isFolder(path) else { return .coco }
        if VOCReader.isDataset(path) { return .voc }
        throw AnnotationError(
            .notFound, file: path, problem: "no dataset was recognised in this folder",
            remedy: "Give a COCO JSON file, or a folder with Annotations/*.xml")
    }

    private func likelyImageFolder() -> String {
        let folder = Folder.parent(of: provenance.path)
        let candidates = [folder, "\(folder)/images", "\(folder)/../images"]
        guard !images.isEmpty else { return folder }
        let name = images.fileNames[0]
        return candidates.first { Folder.exists("\($0)/\(name)") } ?? folder
    }
}
