import Foundation
import NeedletailTraining
import ProgramRunner
import Testing

/// A run never replaces files that no run has written.
@Suite struct RunFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: ["validation.json", "report.html", "samples.png", "configuration.json", "log.jsonl"])
    func filesOfOthersAreRefused(_ name: String) throws {
        try folder.write("{}", to: "run/" + name)
        let error = #expect(throws: TrainingError.self) { try RunFolder(path: folder("run"), resumes: false) }
        #expect(error?.kind == .folder && error?.subject == folder("run/" + name))
        #expect(folder.names(in: "run") == [name])
    }

    @Test func otherFilesAreNoReason() throws {
        try folder.write("mine", to: "run/notes.txt")
        _ = try RunFolder(path: folder("run"), resumes: false)
        #expect(folder.names(in: "run") == ["notes.txt"])
    }

    /// A run that ended before its first state starts over, unless somebody has put files of their own there.
    @Test func aRunThatWasBegunIsKnownByItsDescription() throws {
        try folder.write(#"{"process": {"command": ["needletail", "train"]}}"#, to: "run/configuration.json")
        try folder.write("", to: "run/samples.png")
        #expect(try RunFolder(path: folder("run"), resumes: true).startsOver)
        try folder.write("[]", to: "run/validation.json")
        let error = #expect(throws: TrainingError.self) { try RunFolder(path: folder("run"), resumes: true) }
        #expect(error?.subject == folder("run/validation.json"))
    }
}
