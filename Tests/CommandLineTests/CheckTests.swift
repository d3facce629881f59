import Foundation
import Needletail
import ProgramRunner
import Testing

/// `check` as a person runs it.
@Suite struct CheckTests {
    private let folder: TemporaryFolder

    /// Two images, one box beyond its image and one twice.
    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            """
            {"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30},
                        {"id": 2, "file_name": "b.png", "width": 40, "height": 30}],
             "categories": [{"id": 1, "name": "cell"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [30, 5, 20, 5], "note": 1.50},
                             {"id": 2, "image_id": 2, "category_id": 1, "bbox": [1, 1, 5, 5]},
                             {"id": 3, "image_id": 2, "category_id": 1, "bbox": [1, 1, 5, 5]}]}
            """, to: "cells.json")
        for (name, value) in [("a", 10), ("b", 200)] {
            let picture = Image(width: 40, height: 30, format: .rgb, bytes: .init(repeating: UInt8(value), count: 3600))
            try folder.write(Data(try picture.pngBytes()), to: name + ".png")
        }
    }

    @Test func findingsForPeople() throws {
        let outcome = try needletail("check", folder("cells.json"))
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("warning box-beyond-image (1)"))
        #expect(outcome.output.contains("annotations[2] (id 3) of b.png: annotations[1] (id 2)"))
        #expect(outcome.output.contains("0 errors, 2 warnings, 0 notes: 2 images, 3 boxes, 2 image files read"))
        #expect(try needletail("check", folder("cells.json"), "--strict").status == 3)
        let skipped = try needletail("check", folder("cells.json"), "--strict", "--skip", "box-beyond-image,box-dup*")
        #expect(skipped.status == 0)
        #expect(skipped.output.hasPrefix("no findings"))
    }

    @Test func findingsForPrograms() throws {
        try FileManager.default.removeItem(atPath: folder("a.png"))
        let outcome = try needletail("check", folder("cells.json"), "--json", "--quiet")
        #expect(outcome.status == 3)
        let result = try outcome.json()
        #expect(result["errors"] as? Int == 1)
        #expect(result["counts"] as? [String: Int] == ["image-missing": 1, "box-beyond-image": 1, "box-duplicate": 1])
        let findings = try #require(result["findings"] as? [[String: Any]])
        #expect(findings.map { $0["rule"] as? String } == ["image-missing", "box-beyond-image", "box-duplicate"])
        #expect(findings[1]["box"] as? [Double] == [30, 5, 20, 5])
        let withoutPixels = try needletail("check", folder("cells.json"), "--no-pixels", "--json")
        #expect(withoutPixels.status == 0)
    }

    @Test func writesACorrectedCopyAndALog() throws {
        let before = try folder.text(of: "cells.json")
        let outcome = try needletail("check", folder("cells.json"), "--strict", "--fix", folder("new/cells.json"))
        #expect(outcome.status == 0, "all findings were corrected")
        #expect(try folder.text(of: "cells.json") == before)
        let fixed = try Dataset.read(folder("new/cells.json"))
        #expect(fixed.annotations.map(\.box.width) == [10, 5])
        #expect(try folder.text(of: "new/cells.json").contains(#""note":1.50"#))
        let log = try folder.text(of: "new/cells.json.changes.jsonl").split(separator: "\n")
        #expect(log.count == 2)
        #expect(log.first?.contains(#""rule":"box-beyond-image""#) == true)
        let refused = try needletail("check", folder("cells.json"), "--fix", folder("./cells.json"))
        #expect(refused.status == 1)
        #expect(refused.errors.contains("Give another destination"))
    }

    /// What is mended, taken out and left is counted apart.
    @Test func saysWhatBecameOfEveryFinding() throws {
        let file = try folder.write(
            """
            {"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30}], "annotations": [
            {"id": 1, "image_id": 1, "category_id": 4, "bbox": ["1", 1, 5, 5]},
            {"id": 2, "image_id": 1, "category_id": 4, "bbox": [20, 20, -5, -5]},
            {"id": 3, "image_id": 1, "category_id": 4, "bbox": [9, 9, 0, 5]},
            {"id": 4, "image_id": 1, "category_id": 4, "bbox": [9, 9, 1, 5]}]}
            """, to: "odd.json")
        let outcome = try needletail("check", file, "--fix", folder("new.json"), "--no-pixels")
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains(
                "new.json: 3 mended (box-corners-swapped 1, category-name-missing 1, number-as-text 1), "
                    + "1 taken out (box-without-area 1), 1 left as they are (box-tiny 1)"))
        let fixed = try Dataset.read(folder("new.json"))
        #expect(fixed.annotations.map(\.box.x) == [1, 15, 9])
        #expect(fixed.categories.map(\.name) == ["4"])
        let result = try needletail("check", file, "--fix", folder("new2.json"), "--no-pixels", "--json").json()
        #expect(result["takenOut"] as? [String: Int] == ["box-without-area": 1])
        #expect(result["left"] as? [String: Int] == ["box-tiny": 1])
        #expect((result["mended"] as? [String: Int])?.count == 3)
        // Without a correction there is nothing to count.
        #expect(try needletail("check", file, "--no-pixels", "--json").json()["mended"] == nil)
    }

    /// A record that cannot be read comes with what helps.
    @Test func unreadableRecordsComeWithTheirRemedy() throws {
        try folder.write("train: images\nnames: [a]\n", to: "y/data.yaml")
        try folder.write(try folder.bytes(of: "a.png"), to: "y/images/a.png")
        try folder.write("0 0.5 0.5\n", to: "y/labels/a.txt")
        let outcome = try needletail("check", folder("y"))
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("at least 5 numbers, this one 3. Write the row as"))
    }

    @Test func everyRuleIsListed() throws {
        let outcome = try needletail("check", "--list")
        #expect(outcome.status == 0)
        for kind in DatasetIssue.Kind.allCases {
            #expect(outcome.output.contains("\n\(kind.rawValue) ") || outcome.output.hasPrefix(kind.rawValue))
        }
        #expect(try needletail("check").status == 2)
        #expect(try needletail("check", folder("cells.json"), "--only", "no-such-rule").status == 2)
        #expect(try needletail("check", folder("nowhere.json")).status == 1)
    }

    @Test func countsAreOfWhatWasRead() throws {
        try FileManager.default.removeItem(atPath: folder("a.png"))
        let one = try needletail("check", folder("cells.json"))
        #expect(one.output.contains("2 images, 3 boxes, 1 image files read"))
        try FileManager.default.removeItem(atPath: folder("b.png"))
        let none = try needletail("check", folder("cells.json"), "--only", "image-missing")
        #expect(none.output.contains("error image-missing (2)"))
        #expect(none.output.contains("none of the 2 files is there; looked for in \(folder.path)"))
        #expect(none.output.contains("2 errors, 0 warnings, 0 notes: 2 images, 3 boxes, 0 image files read"))
    }

    /// 左转 in GBK. What helps is told where nothing else of the file is.
    @Test func aFileInAnotherEncodingSaysHowToConvertIt() throws {
        let text =
            Data(#"{"images": [], "categories": [{"id": 1, "name": ""#.utf8) + [0xD7, 0xF3, 0xD7, 0xAA]
            + Data(#""}]}"#.utf8)
        try folder.write(text, to: "gbk.json")
        let outcome = try needletail("check", folder("gbk.json"))
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("iconv -f GB18030 -t UTF-8 \(folder("gbk.json")) > "), "\(outcome.output)")
    }

    @Test func aFileThatCannotBeReadIsAFinding() throws {
        try folder.write(#"{"images": [{"id": 1, "file_name": "a.png"},]}"#, to: "broken.json")
        let outcome = try needletail("check", folder("broken.json"), folder("cells.json"))
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("error record-unreadable (1)"))
        #expect(outcome.output.contains("broken.json:1"))
    }
}
