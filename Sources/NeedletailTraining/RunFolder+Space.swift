#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension RunFolder {
    /// Finds before the work that the files of a run will fit on the disk.
    ///
    /// At most there are the best detector, the last one, a state, and one of them once more under its temporary name.
    /// What the folder holds of them already will be replaced. Logs, tables and pictures are small beside them.
    ///
    /// - Parameters:
    ///   - detector: Bytes of a detector's file.
    ///   - state: Bytes of a state.
    /// - Throws: ``TrainingError`` with the numbers.
    func requireSpace(detector: Int, state: Int) throws {
        guard let free = Self.freeBytes(of: path) else { return }
        let needed = 2 * detector + state + max(detector, state) + Self.smallFiles
        let held = [best, last, self.state].reduce(0) { $0 + Self.byteCount(of: $1) }
        guard needed - held > free else { return }
        throw TrainingError(
            "\(path): there is not enough space for this run: its files take up to \(Self.words(needed)) (two detectors "
                + "of \(Self.words(detector)), a state of \(Self.words(state)), and one of them while it is replaced), "
                + "\(held > 0 ? "\(Self.words(held)) of it are there, " : "")and \(Self.words(free)) are free. Make "
                + "space, or give a folder on another disk.")
    }

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
