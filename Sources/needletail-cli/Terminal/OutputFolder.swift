import Needletail

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A failure that a verb finds itself, in words for people.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A folder that a verb writes its files to.
struct OutputFolder {
    let path: String

    /// Makes the folder if it is not there.
    ///
    /// - Parameter inputs: Folders that are read: the output must be none of them, so that nothing of the user's is
    ///   written over.
    init(_ path: String, apartFrom inputs: [String]) throws {
        self.path = path
        if let same = inputs.first(where: { Self.isSamePlace($0, path) }) {
            throw CommandError(
                "\(path): the output folder is also the input folder \(same). Give another one, so that your files "
                    + "stay as they are.")
        }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError("\(path): this output folder cannot be made. Give a folder that you may write to.")
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw CommandError("\(path): this output folder is not writable. Give a folder that you may write to.")
        }
    }

    var isEmpty: Bool { Self.isEmpty(path) }

    /// Whether there is nothing in a folder.
    static func isEmpty(_ folder: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty ?? false
    }

    /// The folder that a file is in.
    static func parent(of file: String) -> String { URL(fileURLWithPath: file).deletingLastPathComponent().path }

    /// Removes a folder of our own with all that it holds.
    static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }

    /// Makes the folder that a file is to be written into.
    static func makeParent(of file: String) throws {
        let parent = parent(of: file)
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw CommandError("\(file): the folder \(parent) cannot be made. Give a place that you may write to.")
        }
    }

    /// Finds that none of `inputs` would be written over by the files of the folder called `names`.
    func keep(_ inputs: [String], whenWriting names: [String]) throws {
        let own = Set(inputs.map(Self.canonical))
        guard let name = names.first(where: { own.contains(Self.canonical(path + "/" + $0)) }) else { return }
        throw CommandError(
            "\(path)/\(name): this photograph would be written over by its picture. Give another output folder, so "
                + "that your files stay as they are.")
    }

    /// Whether two paths lead to one file or folder, whether it exists or not.
    static func isSamePlace(_ first: String, _ second: String) -> Bool { canonical(first) == canonical(second) }

    private static func canonical(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
}

/// PNG names for the pictures of a verb: the image's own name, told apart where two would be the same.
struct PictureNames {
    private var taken = Set<String>()

    /// - Parameter imageName: The image's path relative to its folder; subfolders become part of the name.
    mutating func name(for imageName: String) -> String {
        let flat = imageName.split(whereSeparator: { $0 == "/" || $0 == "\\" }).filter { $0 != ".." && $0 != "." }
            .joined(separator: "_")
        let stem = flat.lastIndex(of: ".").map { String(flat[..<$0]) } ?? flat
        var candidate = stem.isEmpty ? "image" : stem
        if taken.contains(candidate) { candidate = flat }
        var number = 2
        while taken.contains(candidate) {
            candidate = "\(flat)-\(number)"
            number += 1
        }
        taken.insert(candidate)
        return candidate + ".png"
    }
}
