import NeedletailDatasets
import NeedletailSystem

extension ReadingRemark {
    /// What a folder holds that was not read.
    static func remarks(on contents: FolderContents, in folder: String) -> [ReadingRemark] {
        contents.unreadableNames.map {
            ReadingRemark(.unreadableName, file: "\(folder)/\($0)", record: "file")
        }
            + contents.repeatedFolders.map {
                ReadingRemark(.repeatedFolder, file: "\(folder)/\($0)", record: "folder")
            }
    }
}

extension Dataset {
    /// Says which images of the folder have no file of annotations.
    mutating func remarkOnUnannotatedImages() throws(FileError) {
        guard let folder = imageFolder else { return }
        let listing = try ImageFolderListing(folder)
        var unread = listing.names(except: Set(images.fileNames))
        guard !unread.isEmpty else { return }
        // Annotations call some otherwise.
        let others = (0..<images.count).filter { !listing.contains(images.fileName(of: $0)) }
        let paths = Set(others.map { imagePath(ofImage: $0) })
        unread.removeAll { paths.contains(FilePath.join(folder, $0)) }
        guard let first = unread.first else { return }
        var remark = ReadingRemark(
            .unannotatedImage, file: folder, record: "images",
            detail: unread.count > 1 ? "\(first) and \(unread.count - 1) more" : first)
        remark.count = Int32(clamping: unread.count)
        remarks.append(remark)
    }
}
