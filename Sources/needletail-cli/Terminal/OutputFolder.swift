import Needletail
import NeedletailSystem

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
        do throws(FileError) {
            try FolderTree.make(path)
        } catch {
            throw CommandError(
                "\(path): this output folder cannot be made (\(Self.cause(error))). Give a folder that you may write to."
            )
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw CommandError("\(path): this output folder is not writable. Give a folder that you may write to.")
        }
    }

    var isEmpty: Bool { Self.isEmpty(path) }

    /// Whether there is nothing in a folder.
    static func isEmpty(_ folder: String) -> Bool {
        (try? FolderTree.isEmpty(folder)) ?? false
    }

    /// The folder that a file is in.
    static func parent(of file: String) -> String { URL(fileURLWithPath: file).deletingLastPathComponent().path }

    /// Removes a folder of our own with all that it holds.
    static func remove(_ folder: String) { FolderTree.remove(folder) }

    /// What the system has said.
    private static func cause(_ error: FileError) -> String {
        if case .system(let code) = error.kind { systemMessage(code) } else { error.problem }
    }

    /// Makes the folder that a file is to be written into.
    static func makeParent(of file: String) throws {
        let parent = parent(of: file)
        do throws(FileError) {
            try FolderTree.make(parent)
        } catch {
            throw CommandError(
                "\(file): the folder \(parent) cannot be made (\(Self.cause(error))). Give a place that you may write to."
            )
        }
    }

    /// Takes the folder for files of these names: nobody else writes there as long as what is returned is kept.
    ///
    /// - Parameters:
    ///   - names: Of the files in the folder.
    ///   - what: What they are, in words.
    ///   - inputs: Files that are read, which are never replaced.
    /// - Throws: ``CommandError`` when one is there and may not be replaced, or another process writes into the folder.
    func claim(_ names: [String], as what: String, overwrites: Bool, apartFrom inputs: [String]) throws -> FolderLock {
        let lock: FolderLock
        do throws(FolderLock.Failure) {
            lock = try FolderLock(path: path + "/.needletail.lock")
        } catch {
            guard let owner = error.owner else {
                var cause = ""
                if case .unwritable(let code) = error { cause = " (\(systemMessage(code)))" }
                throw CommandError("\(path): no file can be made in this folder\(cause).")
            }
            throw CommandError(
                "\(path): \(owner) is writing into this folder. Wait for its end, stop it, or give another folder.")
        }
        try OutputRule.requireFree(
            names.map { path + "/" + $0 }, what: what, overwrites: overwrites, inputs: inputs)
        return lock
    }

    /// Whether two paths lead to one file or folder, whether it exists or not.
    static func isSamePlace(_ first: String, _ second: String) -> Bool { canonical(first) == canonical(second) }

    static func canonical(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
}
