import NeedletailDatasets
import NeedletailImages
import NeedletailSystem

/// The images of a file that names them but may not say how large they are.
struct LooseImages {
    let file: String
    let folder: String
    private let options: ReadingOptions

    /// - Parameter file: The annotations, which images are relative to unless their folder is given.
    init(_ file: String, _ options: ReadingOptions) {
        self.file = file
        self.options = options
        let parent = Folder.isFolder(file) ? file : FilePath.parent(of: file)
        folder = options.images ?? parent
    }

    /// The size of an image from where it is known, or from its header; zero when there is no such file.
    ///
    /// Formats that call this store pixels, so nothing but the check of boxes against the image depends on it.
    func size(of name: String) -> (width: Int, height: Int) {
        if let image = options.knownImages?.image(named: name), image.hasSize { return (image.width, image.height) }
        let path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
        guard Folder.exists(path), let information = try? ImageInformation(contentsOf: path) else { return (0, 0) }
        return (information.width, information.height)
    }

    /// A dataset of what one reader found.
    func dataset(
        _ batch: RecordBatch, format: DatasetFormat, order: DatasetBuilder.CategoryOrder = .byName
    ) -> Dataset {
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: file, format: format))
        builder.imageFolder = imageFolder(of: batch)
        builder.append([batch], order: order)
        return builder.build()
    }

    /// The folder beside the annotations that has the first image.
    func imageFolder(of batch: RecordBatch) -> String {
        guard options.images == nil, !batch.images.isEmpty else { return folder }
        let name = batch.images.fileNames[0]
        return [folder, "\(folder)/images", "\(folder)/../images"].first { Folder.exists("\($0)/\(name)") } ?? folder
    }
}
