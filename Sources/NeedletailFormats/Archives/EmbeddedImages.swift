import NeedletailDatasets
import NeedletailImages
import NeedletailSystem

/// Images that lie inside of a file of annotations, which are unpacked where nothing else has them.
struct EmbeddedImages {
    /// Where they were unpacked; nil when none was.
    private(set) var folder: String?
    private let file: String
    private let isNeeded: Bool
    private var names: Set<String> = []

    /// - Parameters:
    ///   - file: That holds them.
    ///   - images: The folder that a person gave; then nothing is unpacked.
    init(besides file: String, given images: String?) {
        self.file = file
        isNeeded = images == nil
    }

    /// Writes an image, and tells what the dataset is to call it.
    ///
    /// - Throws: ``FileError`` when it cannot be written.
    mutating func take(_ bytes: UnsafeRawBufferPointer?, name: String) throws -> String {
        guard isNeeded, let bytes, let name = OutputNames.relativePath(name) else { return name }
        guard names.insert(name).inserted else { return name }
        let folder = try self.folder ?? TemporaryFiles.folder(named: FilePath.fileName(of: file))
        self.folder = folder
        try FolderTree.make(FilePath.parent(of: "\(folder)/\(name)"))
        // A name may be that of a folder of another.
        guard !Folder.exists("\(folder)/\(name)") else { return name }
        try FolderTree.write(bytes.bindMemory(to: UInt8.self), to: "\(folder)/\(name)")
        return name
    }
}
