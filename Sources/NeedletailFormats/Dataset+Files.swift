import NeedletailDatasets
import NeedletailSystem

extension Dataset {
    /// Reads a dataset of any format.
    ///
    /// Doubtful records are kept and listed in ``issues``. Folders that hold several splits are read as one dataset
    /// unless one of them is asked for.
    ///
    /// - Parameters:
    ///   - path: The file or the folder; one level above it will do when nothing else lies there.
    ///   - options: The format, when it is not to be recognised, and what it needs to be told.
    /// - Throws: ``FileError`` when a file cannot be read; ``AnnotationError`` when it is not of the format or more
    ///   than one format fits, with the file, line, record and remedy.
    public static func read(_ path: String, options: ReadingOptions) throws -> Dataset {
        if let images = options.images, !Folder.isFolder(images) {
            throw AnnotationError(
                .notFound, file: images, problem: "there is no such folder of images",
                remedy: "Give the folder that the file names in the annotations are relative to")
        }
        let recognized = try DatasetRecognition(split: options.split).recognize(path, as: options.format)
        guard options.usesSidecar, let sidecar = try Sidecar(besides: recognized.path, format: recognized.format) else {
            return try recognized.format.codec.read(recognized.path, options)
        }
        var informed = options
        informed.knownImages = KnownImages(sidecar.dataset.images)
        let dataset = try recognized.format.codec.read(recognized.path, informed)
        return SidecarRestoration.restore(dataset, from: sidecar.dataset, format: recognized.format)
    }

    /// Reads a dataset of any format; ``read(_:options:)`` with the options that are most often needed.
    public static func read(
        _ path: String, format: DatasetFormat? = nil, split: String? = nil, images: String? = nil,
        vocOrigin: VOCOrigin = .inclusive1, isLenient: Bool = false
    ) throws -> Dataset {
        var options = ReadingOptions(format: format, split: split, images: images)
        options.vocOrigin = vocOrigin
        options.isLenient = isLenient
        return try read(path, options: options)
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
        var writer = COCOWriter(self)
        try writer.write(to: path)
    }
}
