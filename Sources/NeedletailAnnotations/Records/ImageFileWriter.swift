/// Writes a small file for each image of a dataset, on all cores.
struct ImageFileWriter {
    let folder: String
    /// Relative to the folder, one for each image.
    let files: [String]

    /// - Parameter body: Appends the content for an image to the buffer; returns false to write no file for it.
    func write(_ body: (Int, inout ByteBuffer) throws -> Bool) throws {
        for parent in Set(files.map(Folder.parent)).sorted() where parent != "." {
            try FolderTree.make("\(folder)/\(parent)")
        }
        let length = 256
        try ParallelReading.forEach((files.count + length - 1) / length) { chunk in
            var buffer = ByteBuffer(growingFrom: 1 << 12)
            for row in chunk * length..<min(files.count, (chunk + 1) * length) {
                buffer.truncate(to: 0)
                guard try body(row, &buffer) else { continue }
                try FolderTree.write(buffer.bytes, to: "\(folder)/\(files[row])")
            }
        }
    }
}
