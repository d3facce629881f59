import Foundation
import NeedletailDatasets
import NeedletailFormats
import ProgramRunner

extension TemporaryFolder {
    /// Writes a dataset's file and returns its path.
    func write(_ text: String) throws -> String { try write(text, to: "dataset.json") }

    func write(_ data: Data) throws -> String { try write(data, to: "dataset.json") }
}

/// Real data, which the package does not contain.
enum SharedData {
    static let missing: String = "the real datasets are not beside the package in ../shared/data"

    static var folder: String {
        var root = URL(fileURLWithPath: #filePath)
        while root.pathComponents.count > 1,
            !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path)
        {
            root.deleteLastPathComponent()
        }
        return root.deletingLastPathComponent().appendingPathComponent("shared/data").path
    }

    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/datasets/bccd") }
    static var bccd: String { folder + "/datasets/bccd/BCCD" }
    static var cocoExcerpt: String { folder + "/datasets/coco_ccby/instances.json" }
    static var cocoExample: String { folder + "/datasets/coco_api_100/instances_val2014_100.json" }
    static var cocoExampleResults: String {
        folder + "/datasets/coco_api_100/instances_val2014_fakebbox100_results.json"
    }
}

/// The file as Foundation's parser sees it, for comparison with what was written.
func foundationJSON(_ path: String) throws -> NSDictionary {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
    return object as? NSDictionary ?? [:]
}

func text(of path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}

/// The error that a closure throws, when it is one of annotations.
func caught(_ body: () throws -> Void) -> AnnotationError? { caught(AnnotationError.self, body) }
