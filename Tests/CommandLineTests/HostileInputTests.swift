import Foundation
import ProgramRunner
import Testing

/// Numbers, names and places that nobody means.
@Suite struct HostileInputTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func coco(_ bbox: String, name: String = "cat", id: String = "1") throws -> String {
        try folder.write(
            #"{"images":[{"id":1,"file_name":"a.png","width":100,"height":80}],"categories":[{"id":\#(id),"name":"\#(name)"}],"#
                + #""annotations":[{"id":1,"image_id":1,"category_id":\#(id),"bbox":\#(bbox),"area":4,"iscrowd":0}]}"#,
            to: "a.json")
    }

    @Test(arguments: [
        "[1,2,1e20,4]", "[1e308,1e308,1e308,1e308]", "[-1e20,3,1e-320,9]", "[1,2,9223372036854775808,1e300]",
    ])
    func sizesThatNoIntegerHolds(_ bbox: String) throws {
        let file = try coco(bbox)
        for verb in [["stats", file], ["check", file], ["tile", file, folder("tiles")]] {
            #expect(try Program("needletail").run(verb).status >= 0, "\(verb)")
        }
    }

    /// One more than the greatest number is none; the classes are numbered otherwise.
    @Test func theGreatestNumberOfAClass() throws {
        try folder.write("names: {9223372036854775807: cat}\ntrain: images\n", to: "d/dataset.yaml")
        try folder.write("0 0.5 0.5 0.1 0.1\n", to: "d/labels/a.txt")
        try folder.write("", to: "d/images/a.png")
        #expect(try needletail("check", folder("d")).status >= 0)
        #expect(
            try needletail("remap", try coco("[1,2,3,4]"), folder("o.json"), "--ids-from", "9223372036854775807").status
                == 2)
        #expect(
            try needletail("augment", folder("a.json"), folder("o.png"), "--epoch", "9223372036854775807").status == 2)
    }

    @Test func namesDoNotSteerTheTerminal() throws {
        let file = try coco("[1,2,3,4]", name: #"c\u001b[31mat\u0007"#)
        let stats = try needletail("stats", file)
        #expect(!stats.output.contains("\u{1B}") && stats.output.contains(#"c\u{1B}[31mat\u{7}"#), "\(stats.output)")
        let missing = try needletail("check", folder("no\u{1B}[2Jne.json"))
        #expect(
            !missing.errors.contains("\u{1B}") && missing.errors.contains(#"no\u{1B}[2Jne.json"#), "\(missing.errors)")
        #expect(try !needletail("--\u{1B}[2J").errors.contains("\u{1B}"))
        #expect(try needletail("stats", file, "--json").output.contains(#"c\u001b[31mat\u0007"#))
    }

    /// What has an end of line in its name cannot forge a line of its own.
    @Test func namesStayOnTheirLine() throws {
        let file = try coco("[1,2,3,4]", name: #"c\nfalse"#)
        for verb in [
            ["stats", file], ["check", file], ["convert", file, folder("o.csv"), "--to", "csv"],
            ["remap", file, folder("o.json"), "--join", "x=y"],
            ["filter", file, folder("o.json"), "--where", "class == 'q'"],
            ["split", file, folder("parts"), "--parts", "a=0.5,b=0.5"],
        ] {
            let outcome = try Program("needletail").run(verb), text = outcome.output + outcome.errors
            #expect(text.contains(#"c\nfalse"#) || verb[0] == "check", "\(verb): \(text)")
            #expect(!text.split(separator: "\n").contains { $0.hasPrefix("false") }, "\(verb): \(text)")
        }
    }

    @Test func readersThatGoAwayAndDisksThatAreFull() throws {
        let file = try coco("[1,2,3,4]"), program = try Program("needletail").path
        for verb in ["stats '\(file)'", "check '\(file)' --json", "convert --list", "--help", "weights list"] {
            let outcome = try Program(path: "/bin/sh").run(["-c", "{ sleep 0.1; '\(program)' \(verb); } | true"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(verb): \(outcome.errors)")
        }
        #if os(Linux)
            let full = try Program(path: "/bin/sh").run(["-c", "'\(program)' stats '\(file)' > /dev/full"])
            #expect(
                full.status == 1 && full.errors == "error: standard output: cannot write: No space left on device\n")
        #endif
    }

    /// A path with a NUL in it is not the path before it.
    @Test func aNULInAPath() throws {
        try folder.write("0 0.5 0.5 0.1 0.1\n", to: "d/labels/a.txt")
        try folder.write("", to: "d/images/a.png")
        try folder.write("names: [cat]\ntrain: \"\\0\"\n", to: "d/dataset.yaml")
        let outcome = try needletail("convert", folder("d/dataset.yaml"), folder("o.json"))
        #expect(
            outcome.status == 1 && outcome.errors.contains(#"train is \u{0}, which is not there"#), "\(outcome.errors)")
    }
}
