import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailSystem
import ProgramRunner
import Testing

@Suite struct COCOWriterTests {
    /// Members in unusual orders and forms, with unknown ones at every level.
    private static let odd = """
        {"info": {"note": "a \\u00e9 \\"quoted\\"", "list": [1.50, 1e3, -0]},
         "annotations": [
         {"segmentation": {"counts": "abc\\\\def", "size": [1, 2]}, "bbox": [1.50, 2, 3e1, 4.0], "id": "a", "image_id": 2,
          "category_id": 0, "score": 0.30000000000000004, "iscrowd": false, "big": 123456789012345678901234567890},
         {"id": 0, "category_id": 0, "image_id": 1, "bbox": [0.1, 0.2, 2.7, 3.3], "area": 5e-324, "keypoints": []},
         {"category_id": 0, "image_id": 1, "bbox": null, "area": null, "caption": "\\ud83d\\ude00"}],
         "licenses": [], "images": [{"id": 2, "height": 4.0, "width": 5, "file_name": "x/y.png", "date": null},
         {"id": 1, "file_name": "empty.png", "width": 3, "height": 3}],
         "categories": [{"name": "c", "id": 0, "skeleton": [[1, 2], [2, 3]], "supercategory": null}], "z": true}
        """

    @Test func writesBackWhatStood() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.odd)
        let output = folder.path + "/out.json"
        try Dataset.read(path).write(to: output)
        #expect(try foundationJSON(output) == foundationJSON(path))
        // Beyond equal values: the text of every record.
        let written = try text(of: output)
        for record in ["\"bbox\": [1.50, 2, 3e1, 4.0]", "123456789012345678901234567890", "[1.50, 1e3, -0]", "5e-324"] {
            #expect(written.contains(record))
        }
        #expect(
            written.contains(
                "{\"category_id\": 0, \"image_id\": 1, \"bbox\": null, \"area\": null, \"caption\": \"\\ud83d\\ude00\"}"
            ))
        // Writing what was written changes nothing any more.
        let again = folder.path + "/again.json"
        try Dataset.read(output).write(to: again)
        #expect(try text(of: again) == written)
    }

    @Test func mayReplaceTheFileItCameFrom() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.odd)
        let before = try foundationJSON(path)
        try Dataset.read(path).write(to: path)
        #expect(try foundationJSON(path) == before)
        #expect(folder.names() == ["dataset.json"])
    }

    @Test func noticesASourceThatWasChangedInPlace() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.odd)
        let dataset = try Dataset.read(path)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        handle.seekToEndOfFile()
        handle.write(Data("  ".utf8))
        try handle.close()
        let error = caught(FileError.self) { try dataset.write(to: folder.path + "/out.json") }
        #expect(error?.path == path)
        #expect(folder.names() == ["dataset.json"])
    }

    @Test func writesNothingWhereItCannot() throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset.read(try folder.write(Self.odd))
        let error = caught(FileError.self) { try dataset.write(to: "/nowhere/out.json") }
        #expect(error?.description == "/nowhere/out.json: cannot create: No such file or directory")
        #expect(caught(FileError.self) { try dataset.write(to: folder.path) } != nil)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "this system has no /dev/full"))
    func reportsAFullDisk() throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset.read(try folder.write(Self.odd))
        let error = caught(FileError.self) { try dataset.write(to: "/dev/full") }
        #expect(error?.description == "/dev/full: cannot write: No space left on device")
    }

    @Test func writesNullForWhatJSONDoesNotKnow() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            """
            {"x": [NaN, -Infinity, "NaN \\" Infinity"], "images": [{"id": 1, "file_name": "a", "gps": NaN}],
             "categories": [{"id": 1, "name": "c"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [NaN, 1.50, Infinity, 2], "area": NaN}]}
            """)
        let output = folder.path + "/out.json"
        try Dataset.read(path).write(to: output)
        let written = try text(of: output)
        #expect(written.contains("\"x\": [null, null, \"NaN \\\" Infinity\"]"))
        #expect(written.contains("\"gps\":null"))
        #expect(written.contains("\"bbox\":[null, 1.50, null, 2],\"area\":null"))
        let again = try Dataset.read(output)
        #expect(again.issues.map(\.kind) == [.unknownImageSize, .nonFiniteBox])
    }

    @Test func writesADatasetMadeInMemory() throws {
        let folder = try TemporaryFolder()
        let dataset = Dataset(
            images: [
                ImageRecord(id: "one", fileName: "a \"b\".jpg", width: 10, height: 20),
                ImageRecord(id: 2, fileName: "é\n.jpg", width: 10, height: 20),
            ],
            categories: [Category(id: 4, name: "cat", supercategory: "animal")],
            annotations: [
                Annotation(id: 1, image: 0, category: 0, box: Box(x: 0.1, y: 1.25, width: 3, height: 1.0 / 3)),
                Annotation(
                    id: 2, image: 0, category: 0, box: Box(x: -1.05, y: 1e-7, width: 1e21, height: 2), area: 4,
                    crowd: true,
                    isDifficult: true),
            ])
        try dataset.write(to: folder.path + "/out.json")
        #expect(
            try text(of: folder.path + "/out.json") == """
                {
                "images": [
                {"id":"one","file_name":"a \\"b\\".jpg","width":10,"height":20},
                {"id":2,"file_name":"é\\n.jpg","width":10,"height":20}],
                "annotations": [
                {"id":1,"image_id":"one","category_id":4,"bbox":[0.1,1.25,3,0.3333333333333333]},
                {"id":2,"image_id":"one","category_id":4,"bbox":[-1.05,1e-07,1e+21,2],"area":4,"iscrowd":1,"difficult":1}],
                "categories": [
                {"id":4,"name":"cat","supercategory":"animal"}]
                }

                """)
        let again = try Dataset.read(folder.path + "/out.json")
        #expect(Array(again.images) == Array(dataset.images))
        #expect(Array(again.annotations) == Array(dataset.annotations))
    }

    @Test(
        .enabled(if: SharedData.isThere, Comment(rawValue: SharedData.missing)),
        arguments: [SharedData.cocoExcerpt, SharedData.cocoExample])
    func writesBackRealFiles(_ path: String) throws {
        let folder = try TemporaryFolder()
        let output = folder.path + "/out.json"
        try Dataset.read(path).write(to: output)
        #expect(try foundationJSON(output) == foundationJSON(path))
    }

    @Test(.enabled(if: SharedData.isThere, Comment(rawValue: SharedData.missing)))
    func refusesTruncatedRealFiles() throws {
        let folder = try TemporaryFolder()
        let data = try Data(contentsOf: URL(fileURLWithPath: SharedData.cocoExcerpt))
        var generator = SplitMix(state: 3)
        for _ in 0..<40 {
            let count = Int(generator.next() % UInt64(data.count))
            let path = try folder.write(data.prefix(count))
            #expect(caught { _ = try Dataset.read(path) }?.kind == .syntax, "the first \(count) bytes")
        }
    }
}
