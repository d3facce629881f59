import NeedletailDatasets
import NeedletailPlatform
import NeedletailSystem

/// Puts the image files of a dataset where a format expects them.
struct ImagePlacement {
    private let dataset: Dataset
    private let transfer: ImageTransfer

    init(_ dataset: Dataset, _ transfer: ImageTransfer) {
        self.dataset = dataset
        self.transfer = transfer
    }

    /// - Parameter files: Where each image goes, relative to `folder`.
    /// - Throws: ``FileError`` when an image is missing or cannot be copied.
    func place(_ files: [String], in folder: String) throws {
        guard transfer != .none else { return }
        for parent in Set(files.map(FilePath.parent)).sorted() { try FolderTree.make(FilePath.join(folder, parent)) }
        let length = 64
        try ParallelReading.forEach((files.count + length - 1) / length) { chunk in
            for row in chunk * length..<min(files.count, (chunk + 1) * length) {
                try place(row, at: "\(folder)/\(files[row])")
            }
        }
    }

    private func place(_ row: Int, at path: String) throws {
        let image = dataset.imagePath(ofImage: row)
        guard !image.utf8.contains(0), let real = realpath(image, nil) else {
            let reason = dataset.absence(ofImage: row)
            throw reason.map { FileError(.unsuitable, path: image, problem: "cannot find the image: \($0)") }
                ?? FileError(path: image, action: "find the image", code: errno)
        }
        defer { free(real) }
        if transfer == .link {
            return try FolderTree.link(path, to: String(cString: real))
        }
        try FolderTree.copy(String(cString: real), to: path)
    }
}
