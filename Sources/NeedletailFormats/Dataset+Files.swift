import NeedletailDatasets
import NeedletailSystem

extension Dataset {
    /// Reads a dataset of any format.
    ///
    /// Doubtful records are kept and listed in ``issues``. Folders that hold several splits are read as one dataset
    /// unless one of them is asked for.
    ///
    /// - Parameters:
    ///   - path: The file or the folder; one level above it will do when nothing else lies there. An archive (zip, tar,
    ///     tar.gz) is unpacked into a temporary folder, which is there as long as the process.
    ///   - options: The format, when it is not to be recognised, and what it needs to be told.
    /// - Throws: ``FileError`` when a file cannot be read; ``AnnotationError`` when it is not of the format or more
    ///   than one format fits, with the file, line, record and remedy.
    public static func read(_ path: String, options: ReadingOptions) throws -> Dataset {
        if let images = options.images, let archive = try UnpackedArchive(images) {
            var options = options
            options.images = archive.folder
            return try read(path, options: options)
        }
        if let archive = try UnpackedArchive(path) {
            var dataset = try archive.read { try read($0, options: options) }
            dataset.callFiles(archive.shown)
            return dataset
        }
        if let images = options.images, !Folder.isFolder(images) {
            throw AnnotationError(
                .notFound, file: images, problem: "there is no such folder of images",
                remedy: "Give the folder that the file names in the annotations are relative to")
        }
        let format = options.format ?? (options.columns.headers.isEmpty ? nil : .csv)
        let recognized = try DatasetRecognition(split: options.split).recognize(path, as: format)
        return try read(recognized, options)
    }

    /// Reads what was recognised, and what its records leave out: where images are and how large.
    private static func read(_ recognized: Recognized, _ options: ReadingOptions) throws -> Dataset {
        if let splits = recognized.splits { return try read(splits, of: recognized, options) }
        var options = options
        let codec = recognized.format.codec
        let finder = ImageFinder(annotations: recognized.path, images: options.images)
        options.finder = finder
        var dataset: Dataset
        if options.usesSidecar, let sidecar = try Sidecar(besides: recognized.path, format: recognized.format) {
            options.knownImages = KnownImages(sidecar.dataset.images)
            dataset = SidecarRestoration.restore(
                try codec.read(recognized.path, options), from: sidecar.dataset, format: sidecar.format)
        } else {
            dataset = try codec.read(recognized.path, options)
        }
        if let failure = finder.failure { throw failure }
        if recognized.format == .cocoResults { return dataset }
        dataset.locateImages(with: finder)
        try dataset.takeImageSizes(known: options.knownImages, isStated: codec.capabilities.statesImageSizes)
        if codec.capabilities.hasFileForEachImage, options.split == nil { try dataset.remarkOnUnannotatedImages() }
        if let failure = finder.failure { throw failure }
        return dataset
    }

    /// Reads folders or files that hold a split each as one dataset, whose images carry the names of their splits.
    private static func read(
        _ splits: [Recognized.Split], of whole: Recognized, _ options: ReadingOptions
    ) throws -> Dataset {
        let chosen = try Recognized.chosen(options.split, of: splits, in: whole.path)
        var options = options
        options.split = nil
        func read(_ split: Recognized.Split) throws -> Dataset {
            try self.read(Recognized((whole.format, split.path)), options)
        }
        var parts = try chosen.map { split in (name: split.name, path: split.path, dataset: try read(split)) }
        if !whole.format.capabilities.categoryIDs, splits.count > 1 {
            // Readers number classes by name; so that the numbers do not differ from split to split, over all of them.
            let others = splits.filter { split in !chosen.contains { $0.path == split.path } }
            let known = parts.map(\.dataset) + others.compactMap { try? read($0) }
            let names = Set(known.flatMap { $0.categories.map(\.name) }).sorted()
            for place in parts.indices { parts[place].dataset.numberCategories(names) }
        }
        guard parts.count > 1 else { return parts[0].dataset }
        var dataset = joining(splits: parts, path: whole.path, folder: options.images ?? whole.path)
        dataset.locateImages(with: ImageFinder(annotations: whole.path, images: options.images))
        return dataset
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
