import NeedletailDatasets
import NeedletailImages
import NeedletailSystem

/// The images of a file that names them but may not say how large they are.
struct LooseImages {
    let file: String
    /// The folder that names are relative to unless they turn out to be told from another.
    let folder: String
    private let options: ReadingOptions
    private let finder: ImageFinder
    private let listing: Lazy<ImageFolderListing>

    /// - Parameter file: The annotations, which images are relative to unless their folder is given.
    init(_ file: String, _ options: ReadingOptions) {
        self.file = file
        self.options = options
        folder = options.images ?? (Folder.isFolder(file) ? file : FilePath.parent(of: file))
        let finder = options.finder ?? ImageFinder(annotations: file, images: options.images)
        self.finder = finder
        let folder = folder
        listing = Lazy {
            let folder = finder.folderWithImages(otherwise: folder)
            do throws(FileError) { return try ImageFolderListing(folder) } catch { finder.note(error) }
            return ImageFolderListing(emptyFolder: folder)
        }
    }

    /// The size of an image from where it is known, or from its header; nil when there is no such file, or it is damaged,
    /// which ``Dataset/takeImageSizes(known:isStated:)`` remarks on.
    ///
    /// For formats that do not store pixels. Others leave sizes to ``Dataset/takeImageSizes(known:isStated:)``.
    ///
    /// - Throws: `ImageError` when the file cannot be read though it is there.
    func size(of name: String) throws(ImageError) -> (width: Int, height: Int)? {
        if let image = options.knownImages?.image(named: name), image.hasSize { return (image.width, image.height) }
        guard case .found(let path, _) = finder.find(name) else { return nil }
        do throws(ImageError) {
            let information = try ImageInformation(contentsOf: path)
            return (information.width, information.height)
        } catch {
            if ImageError.isSystemFailure(error) { throw error }
            return nil
        }
    }

    /// The file that an image is called after without its extension, where there is one; the name itself otherwise.
    func fileName(of name: String) -> String {
        if ImageFileName.isImage(name) { return name }
        if let file = listing.value.name(ofFileStem: name) { return file }
        guard case .found(let path, _) = finder.find(name) else { return name }
        return FilePath.relative(path, to: listing.value.folder)
    }

    /// A dataset of what one reader found.
    func dataset(
        _ batch: RecordBatch, format: DatasetFormat, order: DatasetBuilder.CategoryOrder = .byName
    ) -> Dataset {
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: file, format: format))
        builder.imageFolder = listing.made?.folder ?? folder
        builder.append([batch], order: order)
        return builder.build()
    }
}

/// A value that is made when it is first asked for, by one thread.
private final class Lazy<Value> {
    private let make: () -> Value
    private(set) var made: Value?

    init(_ make: @escaping () -> Value) { self.make = make }

    var value: Value {
        let value = made ?? make()
        made = value
        return value
    }
}
