import Foundation
import NeedletailDatasets
import NeedletailFormats
import ProgramRunner
import Testing

/// What is no dataset is named as what it is.
@Suite struct ForeignContentTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func message(_ bytes: [UInt8], _ name: String, format: DatasetFormat? = nil) throws -> String {
        let path = try folder.write(Data(bytes), to: name)
        return caught { _ = try Dataset.read(path, format: format) }?.description ?? "read"
    }

    private static let zeros = [UInt8](repeating: 0, count: 60)

    @Test(
        arguments: [
            ([0x50, 0x4B, 3, 4], "e.zip", "this archive cannot be read", "fetch it again"),
            ([0x50, 0x4B, 3, 4], "e.xlsx", "an Excel workbook", "as CSV"),
            ([0x50, 0x4B, 3, 4], "e.pth", "weights (PyTorch)", "Give the dataset"),
            ([0x1F, 0x8B, 8], "a.json.gz", "packed with gzip", "gzip -d"),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a.7z", "a 7z archive", "7z x"),
            ([0x80, 2, 0x8A], "a.pth", "weights (PyTorch)", "Give the dataset"),
            ([0x08, 8, 0x12, 7] + Array("pytorch".utf8), "a.onnx", "a network (ONNX)", "Give the dataset"),
            ([0x80, 4, 0x95], "a.pkl", "a pickle", "COCO JSON"),
            ([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], "a.h5", "an HDF5 file", "COCO JSON"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "a.jpg", "a picture (JPEG)", "annotations"),
            ([0x89, 0x50, 0x4E, 0x47], "a.png", "a picture (PNG)", "annotations"),
            (Array("\0\0\0\u{18}ftypmp42".utf8), "a.mp4", "a video", "Cut the video"),
            (Array("SQLite format 3\0".utf8), "a.db", "an SQLite database", "CSV"),
            (
                [16, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 10], "a.tfrecord", "the file is damaged or no TFRecord",
                "download it again"
            ),
            (Array("<!DOCTYPE html><html>".utf8), "a.json", "a page of the web", "download it again"),
        ] as [([UInt8], String, String, String)])
    func filesOfOtherKinds(_ head: [UInt8], _ name: String, _ kind: String, _ remedy: String) throws {
        for format in [nil, DatasetFormat.coco] where format == nil || !name.hasSuffix(".tfrecord") {
            let message = try message(head + Self.zeros, name, format: format)
            #expect(message.contains(kind) && message.contains(remedy), "\(message)")
        }
    }

    @Test(arguments: [
        (
            #"{"version": "2.0", "item": {"name": "a.jpg"}, "annotations": [{"id": "x", "bounding_box": {}}]}"#,
            "V7 (Darwin)"
        ),
        (#"{"project": {}, "config": {}, "attribute": {}, "file": {}, "metadata": {}}"#, "VIA 3"),
        (#"{"foo": 1, "bar": []}"#, "an object with foo, bar"),
        (#"[{"foo": 1}]"#, "a list of objects with foo"), ("[1, 2]", "a list without objects"),
    ])
    func jsonOfOthers(_ text: String, _ name: String) throws {
        let message = try message(Array(text.utf8), "a.json")
        #expect(message.contains(name) && !message.contains("Add the field"), "\(message)")
    }

    /// COCO's, wherever the list stands that decides it.
    @Test(arguments: [
        #"{"annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}], "images": [{"id": 1, "file_name": "a"}], "categories": [{"id": 1, "name": "x"}]}"#,
        #"{"info": {}, "annotations": [], "categories": [], "images": []}"#,
        #"{"annotations": [{"segments": 1, "bbox": [1, 1, 5, 5], "image_id": 1, "category_id": 1}], "images": [{"id": 1, "file_name": "a"}]}"#,
    ])
    func cocoInAnyOrder(_ text: String) throws {
        #expect(try DatasetFormat.recognize(try folder.write(text)).format == .coco)
    }

    @Test func otherFilesOfTheSameImages() throws {
        let start = #"{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"id": 1, "image_id": 1, "#
        let message = try message(Array("\(start)\"caption\": \"a cat\"}]}".utf8), "a.json")
        #expect(message.contains("captions") && message.contains("instances"), "\(message)")
        #expect(try self.message([], "a.json").contains("the file is empty"))
    }

    @Test(arguments: [
        ("0 0.5 0.5 0.1 0.1\n", "a.txt", "labels of one image in YOLO's form"),
        ("Car 0 0 -10 40 60 10 20 -1 -1 -1 -1000 -1000 -1000 -10\n", "a.txt", "KITTI"),
        ("images/a.jpg\nimages/b.jpg\n", "train.txt", "a list of images"),
        (
            "<?xml version=\"1.0\"?><!-- <x> --><dataset><images/></dataset>", "a.xml",
            "its outermost element is dataset"
        ),
    ])
    func partsOfDatasets(_ text: String, _ name: String, _ kind: String) throws {
        let message = try message(Array(text.utf8), name)
        #expect(message.contains(kind), "\(message)")
    }

    @Test func foldersWithoutADataset() throws {
        func message(_ name: String) -> String { caught { _ = try Dataset.read(folder(name)) }?.description ?? "" }
        _ = try folder.write(Data([0xFF, 0xD8, 0xFF]), to: "pictures/a.jpg")
        #expect(message("pictures").contains("holds pictures, as a.jpg"))
        _ = try folder.write(Data([0x50, 0x4B, 3, 4] + Self.zeros), to: "archive/a.zip")
        #expect(message("archive").contains("archive/a.zip: this is a ZIP archive"))
        try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: true)
        #expect(message("empty").contains("the folder is empty"))
    }
}
