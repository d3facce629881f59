import NeedletailDatasets
import NeedletailSystem

/// Brings the image files of a dataset together in one folder.
public enum ImageGathering {
    /// Copies or links every image file into a folder, below it where its name has folders.
    ///
    /// Names that would lead out of the folder, and names that another file has taken, are changed, in the dataset
    /// as well. A file that is already there under that name is left as it is when it has the same size.
    ///
    /// - Returns: The dataset with `folder` as its image folder, and the paths of files that are not there, with the reason.
    /// - Throws: `CurationError` when something cannot be written.
    public static func gather(
        _ dataset: Dataset, into folder: String, method: ImageTransfer
    ) throws(CurationError) -> (dataset: Dataset, missing: [String]) {
        var names = UniqueNames()
        var missing: [String] = []
        var newNames: [String] = []
        for row in 0..<dataset.images.count {
            let source = dataset.imagePath(ofImage: row)
            let name = names.name(for: FilePath.inside(dataset.images[row].fileName), of: source)
            newNames.append(name)
            let target = "\(folder)/\(name)"
            guard Folder.exists(source) else {
                missing.append(source + (dataset.absence(ofImage: row).map { ": \($0)" } ?? ""))
                continue
            }
            if Folder.exists(target) {
                guard FilePath.size(of: target) == FilePath.size(of: source) else {
                    throw CurationError(
                        .unwritable, subject: target, problem: "another file is there already",
                        remedy: "Give an empty folder.")
                }
                continue
            }
            do throws(FileError) {
                try FolderTree.make(FilePath.parent(of: target))
                switch method {
                case .none: break
                case .copy: try FolderTree.copy(source, to: target)
                case .link: try FolderTree.link(target, to: FilePath.absolute(source))
                }
            } catch {
                throw CurationError(
                    .unwritable, subject: target, problem: "cannot be written (\(error))",
                    remedy: "Give a folder that you may write to.")
            }
        }
        var gathered = dataset
        gathered.imageFolder = folder
        if newNames != dataset.images.map(\.fileName) {
            gathered.updateImages { row, image in image.fileName = newNames[row] }
        }
        return (gathered, missing)
    }
}

/// Names of files, each given to one file only.
struct UniqueNames {
    private var owners: [String: String] = [:]

    /// The wanted name, or the first of `name-2`, `name-3` ... that is free; the same for the same owner.
    mutating func name(for wanted: String, of owner: String) -> String {
        var name = wanted
        var number = 2
        while let other = owners[name], other != owner {
            let (stem, ending) = FilePath.splitEnding(wanted)
            name = "\(stem)-\(number)\(ending)"
            number += 1
        }
        owners[name] = owner
        return name
    }
}
