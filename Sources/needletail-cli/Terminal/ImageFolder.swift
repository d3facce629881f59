#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The image files that a person means by a path.
enum ImageFolder {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    /// Every file that looks like a JPEG or PNG by name: of a folder, in the order of names, or the files given.
    ///
    /// - Returns: Paths with the names that their pictures are called by.
    static func files(_ inputs: [String], isRecursive: Bool) throws -> [(path: String, name: String)] {
        var files: [(path: String, name: String)] = []
        for input in inputs {
            guard exists(input) else {
                throw CommandError("\(input): there is no such file or folder. Give a photograph or a folder of them.")
            }
            guard isFolder(input) else {
                files.append((input, input.split(separator: "/").last.map(String.init) ?? input))
                continue
            }
            let base = input.hasSuffix("/") ? input : input + "/"
            let names =
                isRecursive
                ? try FileManager.default.subpathsOfDirectory(atPath: input)
                : try FileManager.default.contentsOfDirectory(atPath: input)
            let images = names.filter { isImageName($0) }.sorted()
            guard !images.isEmpty else {
                throw CommandError(
                    "\(input): there is no JPEG or PNG file in this folder\(isRecursive ? "" : "; --recursive looks into its folders too")."
                )
            }
            files += images.map { (base + $0, $0) }
        }
        return files
    }

    private static func isImageName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return [".jpg", ".jpeg", ".jpe", ".png"].contains { lower.hasSuffix($0) }
            && !(name.split(separator: "/").last?.hasPrefix(".") ?? false)
    }
}
