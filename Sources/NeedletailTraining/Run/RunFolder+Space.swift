import NeedletailPlatform

extension RunFolder {
    /// Of the large files of a run, in bytes.
    struct Sizes {
        var model: Int
        var state: Int
    }

    /// Finds before the work that the files of a run will fit on the disk.
    ///
    /// At most there are the best model, the last one, a state, and one of them once more under its temporary name.
    /// What the folder holds of them already will be replaced. Logs, tables and pictures are small beside them.
    ///
    /// - Throws: ``TrainingError`` with the numbers.
    func requireSpace(for sizes: Sizes) throws {
        guard let free = Self.freeBytes(of: path) else { return }
        let needed = Self.needed(sizes)
        guard needed - heldBytes > free else { return }
        throw TrainingError(
            .disk, path,
            problem:
                "there is not enough space for this run: its files take up to \(Self.words(needed)) (two models "
                + "of \(Self.words(sizes.model)), a state of \(Self.words(sizes.state)), and one of them while it is replaced), "
                + "\(heldBytes > 0 ? "\(Self.words(heldBytes)) of it are there, " : "")and \(Self.words(free)) are free",
            remedy: "Make space, or give a folder on another disk.")
    }

    /// Whether so many bytes more will fit beside the files of a run.
    func hasSpace(for bytes: Int, beside sizes: Sizes) -> Bool {
        guard let free = Self.freeBytes(of: path) else { return true }
        return Self.needed(sizes) - heldBytes + bytes <= free
    }

    private static func needed(_ sizes: Sizes) -> Int {
        2 * sizes.model + sizes.state + max(sizes.model, sizes.state) + smallFiles
    }

    /// What the folder holds already of what a run writes.
    private var heldBytes: Int { [best, last, state].reduce(0) { $0 + Self.byteCount(of: $1) } }

    /// For logs, tables and pictures.
    private static let smallFiles = 4 << 20

    private static func freeBytes(of folder: String) -> Int? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    private static func byteCount(of file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func words(_ bytes: Int) -> String {
        let mebibytes = Double(bytes) / Double(1 << 20)
        return "\(EpochRecord.rounded(mebibytes, digits: mebibytes < 100 ? 1 : 0)) MiB"
    }
}
