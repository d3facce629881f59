import Foundation
import NeedletailAnnotations

/// A folder that is gone when the value is.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("needletail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, making the folders it needs, and returns its path.
    func write(_ text: String, to name: String = "dataset.json") throws -> String {
        try write(Data(text.utf8), to: name)
    }

    func write(_ data: Data, to name: String = "dataset.json") throws -> String {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        return url.path
    }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
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

/// The error that a closure throws, when it is of the kind asked for.
func caught<Failure: Error>(_ type: Failure.Type = AnnotationError.self, _ body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch {
        return error as? Failure
    }
}
