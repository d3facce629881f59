/// The control groups that limit this process, as Linux shows them in `/sys/fs/cgroup`.
package enum ControlGroup {
    /// A folder with the limits of a group.
    package struct Folder {
        package let path: String
        /// Whether its files are those of version 2.
        package let isSecondVersion: Bool
    }

    /// The folders that may limit what a controller hands out to this process: its group's and those of the groups around it,
    /// outermost first.
    ///
    /// - Parameters:
    ///   - controller: `cpu` or `memory`.
    ///   - groups: The text of `/proc/self/cgroup`.
    package static func folders(of controller: String, _ groups: String) -> [Folder] {
        groups.split(separator: "\n").flatMap { line -> [Folder] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let isSecondVersion = parts[1].isEmpty
            guard isSecondVersion || parts[1].split(separator: ",").contains(Substring(controller)) else { return [] }
            var paths = ["/sys/fs/cgroup" + (isSecondVersion ? "" : "/" + parts[1])]
            for name in parts[2].split(separator: "/") { paths.append(paths[paths.count - 1] + "/" + name) }
            return paths.map { Folder(path: $0, isSecondVersion: isSecondVersion) }
        }
    }

    #if os(Linux)
        /// The folders of a controller for this process.
        static func folders(of controller: String) -> [Folder] {
            folders(of: controller, text(of: "/proc/self/cgroup") ?? "")
        }

        /// The first few kilobytes of a small file; nil where it cannot be read.
        static func text(of path: String) -> String? {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(file, &bytes, bytes.count)
            return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
        }
    #endif
}
