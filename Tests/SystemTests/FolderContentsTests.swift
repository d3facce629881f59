import Foundation
import NeedletailSystem
import ProgramRunner
import Testing

@Suite struct FolderContentsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["b.txt", "sub/a.txt", "sub/deep/c.txt", ".hidden/d.txt"] { try folder.write("", to: name) }
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: folder(name), withDestinationPath: target)
    }

    @Test func filesBelow() throws {
        #expect(try FolderContents(folder.path).files == ["b.txt", "sub/a.txt", "sub/deep/c.txt"])
        #expect(try FolderContents(folder.path, depth: 1).files == ["b.txt"])
        #expect(try FolderContents(folder.path) { $0 == "sub/deep" }.files == ["b.txt", "sub/a.txt"])
        #expect(try FolderContents(folder("nowhere")).files == [])
        #expect(try Folder.folders(in: folder.path) == ["sub"])
    }

    /// A link that leads up, one that leads to a folder beside it and comes first by name, and one that leads out.
    @Test func linkedFoldersAreFollowedOnce() throws {
        let outside = try TemporaryFolder()
        try outside.write("", to: "e.txt")
        try link("sub/up", to: "..")
        try link("again", to: "sub")
        try link("out", to: outside.path)
        let contents = try FolderContents(folder.path)
        #expect(contents.files == ["b.txt", "out/e.txt", "sub/a.txt", "sub/deep/c.txt"])
        #expect(contents.repeatedFolders == ["sub/up", "again"])
        #expect(try Folder.folders(in: folder.path) == ["again", "out", "sub"])
    }

    /// The two bytes are a Chinese character in GBK.
    @Test func namesThatAreNotTextAreTold() throws {
        let path = Array((folder.path + "/").utf8) + [0xB3, 0xB5, 0x2E, 0x6A, 0x70, 0x67, 0]
        let descriptor = path.withUnsafeBytes {
            open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o666)
        }
        try #require(descriptor >= 0)
        close(descriptor)
        let contents = try FolderContents(folder.path)
        #expect(contents.unreadableNames == [#"\xB3\xB5.jpg"#])
        #expect(!contents.files.contains { $0.contains("\u{FFFD}") })
    }
}
