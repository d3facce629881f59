import Foundation
import NeedletailCheckpoints
import Testing

/// The small files written by `References/make_fixtures.py`.
enum Fixture {
    static func path(_ name: String) -> String {
        Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)").path
    }

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }

    struct Expected: Decodable {
        let files: [File]
    }

    struct File: Decodable, CustomTestStringConvertible, Sendable {
        let file: String
        let format: String
        let nesting: String
        let metadata: [String: String]
        let tensors: [Tensor]
        var testDescription: String { file }
    }

    struct Tensor: Decodable, Sendable {
        let name: String
        let type: String
        let shape: [Int]
        let strides: [Int]
        let values: [Number]
    }

    /// A JSON number as both kinds, or `"inf"` and `"-inf"`.
    struct Number: Decodable, Sendable {
        let real: Double
        let integer: Int64?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            integer = try? container.decode(Int64.self)
            if let real = try? container.decode(Double.self) {
                self.real = real
            } else {
                real = Double(try container.decode(String.self)) ?? .nan
            }
        }
    }

    static let expected: [File] = {
        do {
            return try JSONDecoder().decode(Expected.self, from: data("expected.json")).files
        } catch {
            fatalError("expected.json: \(error)")
        }
    }()

    /// A folder of one test, removed with it.
    final class Scratch {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "needletail-checkpoints-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file(_ name: String) -> String { "\(path)/\(name)" }

        func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> String {
            // Some file systems flush a file that is written over, which takes its time.
            unlink(file(name))
            try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
            return file(name)
        }

        var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        }
    }
}
