import Foundation
import NeedletailSystem
import ProgramRunner
import Testing

/// Files that are there whole or not at all.
@Suite struct AtomicFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder(name))[.posixPermissions] as? Int
    }

    @Test(arguments: [false, true]) func appearsWhenItIsComplete(_ waitsForDisk: Bool) throws {
        var file = try AtomicFile(path: folder("a.txt"), waitsForDisk: waitsForDisk)
        file.write { (buffer: inout ByteBuffer) in buffer.append("abc") }
        let (name, isHidden) = (folder.names()[0], folder.names()[0].hasPrefix(".a.txt."))
        #expect(folder.names().count == 1 && isHidden && name.hasSuffix(TemporaryName.ending))
        try file.commit()
        #expect(folder.names() == ["a.txt"])
        #expect(try folder.text(of: "a.txt") == "abc")
    }

    @Test func leavesNothingOfWhatWasNotFinished() throws {
        try folder.write("old", to: "a.txt")
        do {
            var file = try AtomicFile(path: folder("a.txt"))
            file.write { (buffer: inout ByteBuffer) in buffer.append("new") }
        }
        #expect(folder.names() == ["a.txt"])
        #expect(try folder.text(of: "a.txt") == "old")
    }

    @Test func keepsPermissionsAndFollowsLinks() throws {
        try folder.write("old", to: "real/a.txt")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder("real/a.txt"))
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "real/a.txt")
        try AtomicFile.write("new", to: folder("link"))
        #expect(try folder.text(of: "real/a.txt") == "new")
        #expect(try mode(of: "real/a.txt") == 0o640)
        #expect(folder.names(in: "real") == ["a.txt"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "real/a.txt")
    }

    /// 255 bytes are the most that file systems take; `é` has two, of which none may stand alone.
    @Test(arguments: [String(repeating: "x", count: 255), String(repeating: "é", count: 127)])
    func writesLongNames(_ name: String) throws {
        let temporary = TemporaryName.path(beside: folder(name))
        #expect(temporary.split(separator: "/").last?.utf8.count ?? 0 <= 255)
        #expect(temporary.contains("/.\(name.prefix(100))"))
        try AtomicFile.write("a", to: folder(name))
        #expect(folder.names() == [name])
    }

    /// Room that was taken and not needed is given back; a file that turned out to be another has another name.
    @Test func reservedRoomAndAnotherName() throws {
        var file = try AtomicFile(path: folder("a.txt"), reservedBytes: 1 << 16)
        #expect(try folder.bytes(of: folder.names()[0]).count == 1 << 16)
        file.write { (buffer: inout ByteBuffer) in buffer.append("abc") }
        try file.commit(as: "b.txt")
        #expect(folder.names() == ["b.txt"])
        #expect(try folder.text(of: "b.txt") == "abc")
    }

    @Test func aFullDiskIsKnownAsOne() {
        #expect(FileError(path: "a", action: "write", code: ENOSPC).isDiskFull)
        #expect(!FileError(path: "a", action: "write", code: EACCES).isDiskFull)
    }

    /// The second of two is told who has the folder; afterwards nothing is left.
    @Test func aFolderIsLockedForOne() throws {
        do {
            let lock = try FolderLock(path: folder(".lock"))
            let failure = caught(FolderLock.Failure.self) { _ = try FolderLock(path: folder(".lock")) }
            #expect(failure?.owner == "process \(getpid())")
            #expect(throws: FolderLock.Failure.self) { try FolderLock.requireFree(path: folder(".lock")) }
            withExtendedLifetime(lock) {}
        }
        #expect(folder.names() == [])
        try FolderLock.requireFree(path: folder(".lock"))
        #expect(caught(FolderLock.Failure.self) { _ = try FolderLock(path: folder("none/.lock")) }?.owner == nil)
    }

    @Test(arguments: ["", "folder/", "a\0b"]) func refusesWhatIsNoName(_ path: String) {
        let error = caught(FileError.self) { try AtomicFile.write("a", to: path) }
        #expect(error?.kind == .unsuitable)
        #expect(error?.problem == "is no file name")
    }

    @Test func namesFileAndReason() throws {
        let missing = caught(FileError.self) { try AtomicFile.write("a", to: folder("none/a")) }
        #expect(missing?.description == "\(folder("none/a")): cannot create: No such file or directory")
        let isFolder = caught(FileError.self) { try AtomicFile.write("a", to: folder.path) }
        #expect(isFolder?.kind == .system(EISDIR))
        let full = caught(FileError.self) { try AtomicFile.write("a", to: "/dev/full") }
        #expect(full?.description == "/dev/full: cannot write: No space left on device")
    }
}
