import Foundation
import NeedletailPlatform
import NeedletailSystem
import ProgramRunner
import Testing

/// What the system says is believed, and what it says twice is asked twice.
@Suite struct SystemCallTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func interruptedCallsAreMadeAgain() {
        var calls = 0
        let result = uninterrupted { () -> Int32 in
            calls += 1
            errno = calls < 3 ? EINTR : EIO
            return -1
        }
        #expect(result == -1 && errno == EIO && calls == 3)
    }

    /// C would take what stands before the NUL for the path.
    @Test func aNULLeadsNowhere() throws {
        try folder.write("text", to: "a")
        let path = folder("a\0b")
        #expect(!Folder.exists(path) && !Folder.isFolder(folder.path + "\0") && FilePath.size(of: path) == nil)
        for read in [
            { try ByteSource(contentsOf: path) }, { try ByteSource(reading: path) }, { try ByteSource(mapping: path) },
        ]
            as [() throws -> ByteSource]
        {
            let error = caught(FileError.self) { _ = try read() }
            #expect(error?.kind == .unsuitable && error?.problem.contains("NUL") == true)
        }
        #expect(caught(FileError.self) { try FolderTree.make(path) } != nil)
        #expect(caught(FileError.self) { _ = try Folder.names(in: folder.path + "\0", ending: "") } != nil)
        FolderTree.remove(path)
        #expect(folder.names() == ["a"])
    }

    /// What is no file is refused, or is read as far as it goes.
    @Test func whatIsNoFile() throws {
        #expect(caught(FileError.self) { _ = try ByteSource(contentsOf: folder.path) }?.kind == .system(EISDIR))
        #expect(caught(FileError.self) { _ = try ByteSource(mapping: "/dev/zero") }?.problem == "is not a regular file")
        #expect(
            caught(FileError.self) { _ = try ByteSource(reading: "/dev/zero", limit: 1 << 20) }?.kind == .system(EFBIG))
        #expect(try ByteSource(contentsOf: "/dev/null").bytes.isEmpty)
        try FileManager.default.createSymbolicLink(atPath: folder("loop"), withDestinationPath: "loop")
        #expect(caught(FileError.self) { _ = try ByteSource(contentsOf: folder("loop")) }?.kind == .system(ELOOP))
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        #expect(
            caught(FileError.self) { _ = try ByteSource(mapping: folder("pipe")) }?.problem == "is not a regular file")
        // Somebody writes to it, later.
        let writer = try Program(path: "/bin/sh").start(["-c", "sleep 0.2; echo abc > pipe"], in: folder.path)
        let source = try ByteSource(contentsOf: folder("pipe"))
        #expect(withExtendedLifetime(source) { Array(source.bytes) } == Array("abc\n".utf8))
        _ = try writer.finish()
    }

    @Test func numbersThatNoIntegerHolds() {
        #expect(Int(saturating: 1e20) == 1 << 53 && Int(saturating: -Double.infinity) == -1 << 53)
        #expect(Int(saturating: Double.nan) == 0 && Int(saturating: -2.9) == -2 && Int(saturating: Float(7.5)) == 7)
        #expect(UInt8(saturating: 300) == 255 && UInt8(saturating: -1) == 0 && UInt8(saturating: .nan) == 0)
        #expect(UInt8(saturating: 254.9) == 254)
    }

    @Test func whatWouldSteerATerminalIsShown() {
        #expect("a\u{1B}[31mb".showingControls() == #"a\u{1B}[31mb"#)
        #expect("a\nb\t\u{7F}".showingControls() == #"a\nb\u{9}\u{7F}"#)
        #expect("a\nb\u{202E}".showingControls(keepsLines: true) == "a\nb" + #"\u{202E}"#)
        #expect("žluťoučký 図 😀".showingControls() == "žluťoučký 図 😀")
    }
}
