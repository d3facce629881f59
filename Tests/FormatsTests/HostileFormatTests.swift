import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailSystem
import ProgramRunner
import Testing

/// Broken and malicious files of every format: an error that names the file, never a crash or half an output.
@Suite struct HostileFormatTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Text files of a dataset, by their name in it.
    private func files(of path: String) throws -> [String] {
        guard let names = FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) else {
            return [path]
        }
        let files = names.filter { !$0.hasSuffix(".needletail") && $0.contains(".") }.map { "\(path)/\($0)" }
        return files.isEmpty ? [path] : files
    }

    /// Reads what may be broken; anything but one of the errors that people can act on is a failure of the test.
    private func tryReading(_ path: String, _ format: DatasetFormat, _ comment: String) {
        var options = ReadingOptions(format: format)
        options.usesSidecar = false
        do {
            _ = try Dataset.read(path, options: options)
        } catch let error as AnnotationError {
            #expect(!error.file.isEmpty && error.remedy != nil, "\(comment): \(error)")
        } catch let error as FileError {
            #expect(!error.path.isEmpty)
        } catch { Issue.record("\(comment): \(error)") }
    }

    @Test(arguments: RoundTripTests.formats) func truncatedAnywhere(_ format: DatasetFormat) throws {
        let original = try Dataset.read(try folder.write(AwkwardDataset.data, to: "awkward.json"))
        let path = folder.path + "/copy"
        try original.write(to: path, format: format)
        for file in try files(of: path) {
            let whole = try Data(contentsOf: URL(fileURLWithPath: file))
            if whole.isEmpty { continue }
            let step = max(1, whole.count / 60)
            for count in stride(from: 0, to: whole.count, by: step) {
                try whole.prefix(count).write(to: URL(fileURLWithPath: file))
                tryReading(path, format, "\(file), the first \(count) bytes")
            }
            // A byte that belongs nowhere, and text in another encoding.
            var spoilt = whole
            spoilt[whole.count / 2] = 0xFF
            try spoilt.write(to: URL(fileURLWithPath: file))
            tryReading(path, format, "\(file), a byte spoilt")
            try (String(decoding: whole, as: UTF8.self).data(using: .utf16) ?? Data()).write(
                to: URL(fileURLWithPath: file))
            tryReading(path, format, "\(file), in UTF-16")
            try whole.write(to: URL(fileURLWithPath: file))
        }
    }

    @Test(arguments: [
        (DatasetFormat.createml, #"[{"image": 3, "annotations": []}]"#, 1),
        (
            .createml, "[{\"image\": \"a\",\n \"annotations\": [{\"label\": \"x\", \"coordinates\": {\"x\": \"1\"}}]}]",
            2
        ),
        (.labelme, "{\"shapes\": [\n{\"label\": \"x\", \"points\": [[1, 2, 3]]}]}", 2),
        (.labelstudio, #"[{"id": 1, "data": {"image": 5}}]"#, 1),
        (.via, #"{"a": {"filename": "a", "regions": [{"region_attributes": {}}]}}"#, 1),
        (.csv, "filename,class,xmin,ymin,xmax,ymax\na.jpg,cat,1,2,three,4\n", 2),
        (.csv, "filename,class,xmin,ymin,xmax,ymax\na.jpg,cat,1\n", 2),
        (.retinanet, "a.jpg,1,2,3,4,cat\nb.jpg,1,,3,4,cat\n", 2),
        (.cvat, "<annotations>\n<image id=\"0\" name=\"a\">\n<box label=\"x\" xtl=\"a\"/></image></annotations>", 3),
        (.cvat, "<annotations>\n<track id=\"0\"/></annotations>", 2),
        (.makesense, "cat,1,2,3,4,a.jpg,9,9\ncat,1,x,3,4,a.jpg,9,9\n", 2),
        (.crowdhuman, "{\"ID\": \"a\", \"gtboxes\": []}\n{\"ID\": \"b\", \"gtboxes\": [{\"tag\": \"x\"}]}\n", 2),
        (.sagemaker, "{\"source-ref\": \"a\"}\n{\"source\": \"b\"}\n", 2),
        (.labelbox, "{\"data_row\": {\"external_id\": \"a\"}}\n{\"data_row\": {}}\n", 2),
        (.widerface, "a.jpg\n1\n1 2 3\n", 3), (.mot, "1,1,1,1,2,2,1,1,1\n1,1,1,1,2\n", 2),
        (.bdd100k, "[{\"name\": \"a\", \"labels\": [\n{\"category\": \"x\", \"box2d\": {\"x1\": 1}}]}]", 2),
    ])
    func namesTheLine(_ format: DatasetFormat, _ text: String, _ line: Int) throws {
        let path = try folder.write(text, to: "file.\(format == .cvat ? "xml" : format == .csv ? "csv" : "json")")
        let error = caught { _ = try Dataset.read(path, format: format) }
        #expect(error?.file == path)
        #expect(error?.line == line, "\(error?.description ?? "no error")")
    }

    @Test func namesTheLineOfLabels() throws {
        _ = try folder.write("train: images\nnames: [a]\n", to: "data.yaml")
        _ = try folder.write("", to: "images/x.png")
        for (row, problem) in [
            ("0 0.5 0.5", "at least 5"), ("7 0.5 0.5 0.1 0.1", "no name"), ("a 0.5 0.5 0.1 0.1", "not a number"),
            ("0 0.5 nan 0.1 0.1", "not a number"), ("-1 0.5 0.5 0.1 0.1", "whole number"),
        ] {
            _ = try folder.write("0 0.5 0.5 0.1 0.1\n\(row)\n", to: "labels/x.txt")
            var options = ReadingOptions()
            options.images = folder.path + "/images"
            let size = caught { _ = try Dataset.read(folder.path, options: options) }
            #expect(size?.description.contains("size of its image") == true)
            let known = try Dataset.read(
                try folder.write(
                    #"{"images":[{"id":1,"file_name":"x.png","width":9,"height":9}],"annotations":[],"categories":[]}"#,
                    to: "known/known.json"))
            try known.write(to: folder.path + "/written", format: .yolo)
            try FileManager.default.removeItem(atPath: folder.path + "/written/labels/train/x.txt")
            _ = try folder.write("0 0.5 0.5 0.1 0.1\n\(row)\n", to: "written/labels/train/x.txt")
            _ = try folder.write("train: images/train\nnames: [a]\n", to: "written/dataset.yaml")
            let error = caught { _ = try Dataset.read(folder.path + "/written") }
            #expect(error?.line == 2)
            #expect(error?.problem.contains(problem) == true, "\(error?.description ?? "no error")")
            try FileManager.default.removeItem(atPath: folder.path + "/written")
        }
    }

    @Test func entityBombsAreRefused() throws {
        let bomb = """
            <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
            """
        for (format, root) in [(DatasetFormat.cvat, "annotations"), (.voc, "annotation")] {
            let text = "\(bomb)<\(root)>&b;</\(root)>"
            let path = try folder.write(text, to: "\(root)/file.xml")
            let error = caught {
                _ = try Dataset.read(format == .voc ? folder.path + "/annotation" : path, format: format)
            }
            #expect(error?.problem.contains("entities") == true)
        }
    }

    @Test(arguments: ["../../climb.jpg", "a/../../b.jpg", "..", "..\\..\\b.jpg"])
    func namesThatClimbAreRefused(_ name: String) throws {
        let dataset = Dataset(
            images: [ImageRecord(id: 1, fileName: name, width: 9, height: 9)], categories: [], annotations: [])
        for format in RoundTripTests.formats where format.isFolder {
            let error = caught { try dataset.write(to: folder.path + "/out", format: format) }
            #expect(error?.problem.contains("leads out of") == true, "\(format)")
        }
        #expect(folder.names().isEmpty)
    }

    @Test func imagesThatWouldShareAFileAreRefused() throws {
        let dataset = Dataset(
            images: [
                ImageRecord(id: 1, fileName: "a.jpg", width: 9, height: 9),
                ImageRecord(id: 2, fileName: "a.png", width: 9, height: 9),
            ], categories: [], annotations: [])
        #expect(
            caught { try dataset.write(to: folder.path + "/out", format: .yolo) }?.problem.contains("share") == true)
        #expect(folder.names().isEmpty)
    }

    @Test func theDestinationIsNotWrittenOver() throws {
        let dataset = Dataset(images: [], categories: [], annotations: [])
        _ = try folder.write("mine", to: "photo.jpg")
        #expect(
            caught { try dataset.write(to: folder.path, format: .yolo) }?.remedy?.pieces.contains(
                .setting(.overwriting)) == true)
        var options = WritingOptions()
        options.overwrites = true
        let error = caught { try dataset.write(to: folder.path, format: .yolo, options: options) }
        #expect(error?.problem.contains("photo.jpg") == true)
        #expect(try text(of: folder.path + "/photo.jpg") == "mine")
        try dataset.write(to: folder.path + "/out", format: .yolo)
        try dataset.write(to: folder.path + "/out", format: .voc, options: options)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/out/Annotations"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out/labels"))
    }

    @Test func ambiguousContentNamesItsReadings() throws {
        let path = try folder.write("[]", to: "empty.json")
        let error = caught { _ = try Dataset.read(path) }
        #expect(error?.problem.contains("coco-results, createml, labelstudio") == true)
        #expect(try Dataset.read(path, format: .createml).images.isEmpty)
    }
}
