import Foundation
import NeedletailCheckpoints
import Testing

@Suite("Reading weight files")
struct CheckpointReadingTests {
    @Test("Every tensor equals what PyTorch or safetensors wrote", arguments: Fixture.expected)
    func values(_ expected: Fixture.File) throws {
        let checkpoint = try Checkpoint(contentsOf: Fixture.path(expected.file))
        #expect(checkpoint.format.rawValue == expected.format)
        #expect(checkpoint.nesting == expected.nesting)
        #expect(checkpoint.metadata == expected.metadata)
        #expect(checkpoint.tensors.map(\.name) == expected.tensors.map(\.name))
        for reference in expected.tensors {
            let tensor = try #require(checkpoint[reference.name])
            #expect(tensor.scalarType.description == reference.type, "\(reference.name)")
            #expect(tensor.shape == reference.shape, "\(reference.name)")
            if tensor.scalarType.isFloatingPoint {
                // Bit patterns, so that the sign of zero counts.
                let floats = try tensor.floats().map(\.bitPattern)
                #expect(floats == reference.values.map { Float($0.real).bitPattern }, "\(reference.name)")
                #expect(throws: CheckpointError.self) { try tensor.integers() }
            } else {
                #expect(try tensor.integers() == reference.values.map(\.integer), "\(reference.name)")
                #expect(throws: CheckpointError.self) { try tensor.floats() }
            }
        }
    }

    @Test("Strides of views are those of the file")
    func strides() throws {
        let checkpoint = try Checkpoint(contentsOf: Fixture.path("everything.pth"))
        let expected = try #require(Fixture.expected.first { $0.file == "everything.pth" })
        for reference in expected.tensors where !reference.shape.contains(0) {
            #expect(checkpoint[reference.name]?.strides == reference.strides)
        }
        #expect(checkpoint["plain"]?.isContiguous == true)
        #expect(checkpoint["transposed"]?.isContiguous == false)
        #expect(checkpoint["expanded"]?.isContiguous == false)
        #expect(checkpoint["scalar"]?.isContiguous == true)
    }

    @Test("Contiguous floats are used where they lie, others are not")
    func noCopy() throws {
        let checkpoint = try Checkpoint(contentsOf: Fixture.path("everything.pth"))
        let plain = try #require(checkpoint["plain"])
        #expect(try plain.withUnsafeFloats { Array($0) } == plain.floats())
        #expect(checkpoint["empty"]?.withUnsafeFloats(\.count) == 0)
        for name in ["transposed", "slice", "expanded", "half", "double", "int64"] {
            #expect(checkpoint[name]?.withUnsafeFloats(\.count) == nil, "\(name)")
        }
        let swapped = try Checkpoint(contentsOf: Fixture.path("big-endian.pth"))
        #expect(swapped["a"]?.withUnsafeFloats(\.count) == nil)
    }

    @Test("A tensor outlives the checkpoint and the file it came from")
    func lifetime() throws {
        let scratch = try Fixture.Scratch()
        let path = try scratch.write(Fixture.data("training.pth"), as: "a.pth")
        let tensor = try #require(try Checkpoint(contentsOf: path).tensors.first)
        try FileManager.default.removeItem(atPath: path)
        let original = try Checkpoint(contentsOf: Fixture.path("training.pth"))
        #expect(try tensor.floats() == original.tensors[0].floats())
    }

    @Test("An entry can be named")
    func nesting() throws {
        let path = Fixture.path("training.pth")
        let plain = try Checkpoint(contentsOf: path)
        let averaged = try Checkpoint(contentsOf: path, under: "ema")
        #expect(averaged.nesting == "ema")
        #expect(
            try averaged["module.0.weight"]?.floats() == plain["module.0.weight"]?.floats().map { $0 * 2 })
        let ambiguous = Fixture.path("refused-ambiguous.pth")
        #expect(try Checkpoint(contentsOf: ambiguous, under: "b").tensors.map(\.name) == ["w"])
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path, under: "nothing") }
        #expect(error?.description.contains("'state_dict' (dict)") == true)
    }

    @Test(
        "What is refused says why",
        arguments: [
            ("refused-module.pth", "needletail_fixture.Network"),
            ("refused-module-legacy.pth", "needletail_fixture.Network"),
            ("refused-command.pth", "posix.system"),
            ("refused-ambiguous.pth", "'a' (dict), 'b' (dict)"),
            ("refused-list.pth", "not a dictionary of tensors"),
            ("refused-sparse.pth", "sparse tensor"),
            ("refused-complex.pth", "ComplexFloatStorage"),
            ("refused-script.pt", "TorchScript"),
            ("refused-compressed.pth", "compressed"),
            ("refused-float8.safetensors", "F8_E4M3"),
        ])
    func refusals(_ name: String, _ reason: String) throws {
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: Fixture.path(name)) }
        #expect(error?.path == Fixture.path(name))
        #expect(error?.description.contains(reason) == true, "\(error.map(\.description) ?? "")")
    }

    @Test("A command hidden in a file is not run")
    func commandIsNotRun() throws {
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(contentsOf: Fixture.path("refused-command.pth"))
        }
        #expect(error?.reason == .refusedGlobal(name: "posix.system"))
        #expect(error?.description.contains("safetensors") == true)
        #expect(!FileManager.default.fileExists(atPath: "needletail-was-here"))
    }

    @Test("Files that are no weights are recognised for what they are")
    func otherFiles() throws {
        let scratch = try Fixture.Scratch()
        let cases: [([UInt8], String)] = [
            ([], "empty"),
            (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git lfs pull"),
            (Array("<!DOCTYPE html><html>".utf8), "web page"),
            ([0x08, 8, 0x12, 1, 0x61, 0x3a, 2, 0x12, 0], "ONNX"),
            ([0x08, 8, 0x12, 1, 0x61, 0x3a, 0x7f, 0x12, 0], "ONNX"),
            ([0x1f, 0x8b, 8, 0], "gzip"),
            ([0x80, 2, 0x7d, 0x2e], "torch.save did not write"),
            (Array("hello".utf8), "only 5 bytes"),
            ([UInt8](repeating: 7, count: 100), "unknown content"),
        ]
        for (bytes, reason) in cases {
            let path = try scratch.write(bytes, as: "file")
            let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
            #expect(error?.description.contains(reason) == true, "\(error.map(\.description) ?? "")")
        }
        for path in [scratch.path, scratch.file("absent"), "/dev/null", ""] {
            #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
        }
    }
}

/// Sums over the tensors of published files, against those the generator script recorded.
@Suite("Published weights")
struct PublishedWeightsTests {
    struct File: Decodable {
        struct Tensor: Decodable {
            let name: String
            let shape: [Int]
            let sum: Double
        }
        let nesting: String
        let tensors: [Tensor]
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data/weights")
    static let isPresent = FileManager.default.fileExists(atPath: folder.path)

    @Test(
        "Sums of every tensor", .enabled(if: isPresent, "the published weights are not beside the project"),
        arguments: ["resnet18-imagenet.pth", "resnet20-12fca82f.th"])
    func sums(_ name: String) throws {
        let files = try JSONDecoder().decode([String: File].self, from: Fixture.data("published.json"))
        let expected = try #require(files[name])
        let checkpoint = try Checkpoint(contentsOf: Self.folder.appendingPathComponent(name).path)
        #expect(checkpoint.nesting == expected.nesting)
        #expect(checkpoint.tensors.map(\.name) == expected.tensors.map(\.name))
        for reference in expected.tensors {
            let tensor = try #require(checkpoint[reference.name])
            #expect(tensor.shape == reference.shape)
            let sum =
                tensor.scalarType.isFloatingPoint
                ? try tensor.floats().reduce(0) { $0 + Double($1) }
                : Double(try tensor.integers().reduce(0, +))
            #expect(abs(sum - reference.sum) <= 1e-9 * (1 + abs(reference.sum)), "\(reference.name)")
        }
    }
}
