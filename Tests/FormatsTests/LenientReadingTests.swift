import NeedletailDatasets
import NeedletailFormats
import ProgramRunner
import Testing

/// Reading that sets aside what is no good.
@Suite struct LenientReadingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func collectsEveryBadRecord() throws {
        let path = try folder.write(
            """
            {"annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2]},
            {"id": 2, "image_id": 1, "category_id": 9, "bbox": [1, 1, 2, 2]},
            {"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 2]},
            {"id": 4, "image_id": 7, "category_id": 1, "bbox": [1, 1, 2, 2]},
            {"id": 5, "category_id": 1},
            "six",
            {"id": 7, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 3]}],
            "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}, {"id": 2, "file_name": 5}],
            "categories": [{"id": 1, "name": "cat"}]}
            """)
        #expect(caught { _ = try Dataset.read(path) }?.record == "annotations[0] (id 1)")
        let dataset = try Dataset.read(path, isLenient: true)
        #expect(dataset.annotations.map(\.id) == [2, 3, 7])
        #expect(dataset.images.count == 1)
        #expect(
            dataset.refusals.map(\.record) == [
                "annotations[0] (id 1)", "annotations[3] (id 4)", "annotations[4] (id 5)", "annotations[5]",
                "images[1] (id 2)",
            ])
        #expect(dataset.refusals.map(\.line) == [2, 5, 6, 7, 9])
        #expect(
            dataset.refusals.map(\.kind) == [.schema, .unknownReference, .schema, .schema, .schema])
        // Records are called by their place in the file, not among those that were kept.
        #expect(
            dataset.issues.map(\.record) == [
                "categories[1] (id 9, 9)", "annotations[2] (id 3)", "annotations[6] (id 7)",
            ])
    }

    /// Of formats whose file is one object: what stands in the place of an object, and an object without what it needs.
    @Test(arguments: [
        (
            DatasetFormat.datumaro, "annotations/train.json",
            #"{"categories": {"label": {"labels": [{"name": "cat"}]}}, "items": [{"id": "a"}, "#, #"{"id": "b"}]}"#,
            "items[1]", ["a.jpg", "b.jpg"]
        ),
        (
            .fiftyone, "samples.json", #"{"samples": [{"filepath": "a.jpg"}, "#, #"{"filepath": "b.jpg"}]}"#,
            "samples[1]", ["a.jpg", "b.jpg"]
        ),
        (
            .panoptic, "panoptic_val.json", #"{"images": [{"id": 1, "file_name": "a.jpg"}, "#,
            #"{"id": 2, "file_name": "b.jpg"}], "categories": [], "annotations": []}"#, "images[1]", ["a.jpg", "b.jpg"]
        ),
        (
            .bdd100k, "a.json", #"{"config": {}, "frames": [{"name": "a.jpg"}, "#, #"{"name": "b.jpg"}]}"#,
            "frames[1]", ["a.jpg", "b.jpg"]
        ),
    ])
    func whatIsNoObjectIsSetAside(
        _ format: DatasetFormat, _ name: String, _ before: String, _ behind: String, _ record: String,
        _ images: [String]
    ) throws {
        for wrong in ["7", "null", #""text""#, #"[1, {"id": 2}]"#, "{}"] {
            let file = try folder.write("\(before)\(wrong), \(behind)", to: "set/\(name)")
            let path = [.datumaro, .fiftyone].contains(format) ? folder.path + "/set" : file
            #expect(caught { _ = try Dataset.read(path, format: format) }?.record?.hasPrefix(record) == true)
            var options = ReadingOptions(format: format)
            options.isLenient = true
            let dataset = try Dataset.read(path, options: options)
            #expect(dataset.images.map(\.fileName) == images, "\(format) \(wrong)")
            #expect(dataset.refusals.map(\.record).allSatisfy { $0?.hasPrefix(record) == true })
            #expect(dataset.refusals.count == 1)
        }
    }

    @Test func textThatIsNotJSONEndsTheReading() throws {
        let path = try folder.write(#"{"images": [{"id": 1, "file_name": "a"}], "annotations": [{"id": 1,}]}"#)
        #expect(caught { _ = try Dataset.read(path, isLenient: true) }?.kind == .syntax)
    }

    @Test func setsXMLFilesAside() throws {
        for (name, text) in [
            ("a", "<annotation><object><name>x</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"),
            ("b", "<annotation><obj"), ("c", "<annotation><size><width>wide</width></size></annotation>"),
        ] { _ = try folder.write(text, to: "Annotations/\(name).xml") }
        let dataset = try Dataset.read(folder.path, isLenient: true)
        #expect(dataset.images.map(\.fileName) == ["a.jpg"])
        #expect(dataset.refusals.map(\.file.last).count == 3)
    }
}
