import Foundation
import NeedletailCheckpoints
import Testing

@Suite("Writing safetensors")
struct SafetensorsWritingTests {
    private func header(of path: String) throws -> (count: Int, text: String) {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let count = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        return (count, String(decoding: data[8..<8 + count], as: UTF8.self))
    }

    @Test(
        "What is written reads back bit for bit, whatever file it came from",
        arguments: [
            "everything.pth", "everything-legacy.pth", "big-endian.pth", "everything.safetensors", "unsigned.pth",
        ])
    func roundTrip(_ name: String) throws {
        let scratch = try Fixture.Scratch()
        let source = try Checkpoint(contentsOf: Fixture.path(name))
        let texts = ["format": "pt", "classes": "[\"a\\\"b\"]", "control": "\u{1}\n\t\u{7f}", "名": "重み"]
        var file = SafetensorsFile(metadata: texts)
        source.tensors.forEach { file.append($0) }
        let path = scratch.file("out.safetensors")
        try file.write(to: path)

        let copy = try Checkpoint(contentsOf: path)
        #expect(copy.format == .safetensors)
        #expect(copy.metadata == texts)
        #expect(Set(copy.tensors.map(\.name)) == Set(source.tensors.map(\.name)))
        for tensor in source.tensors {
            let other = try #require(copy[tensor.name])
            #expect(other.scalarType == tensor.scalarType && other.shape == tensor.shape)
            let bytes = tensor.withContiguousBytes { Array($0) }
            #expect(other.withContiguousBytes { Array($0) } == bytes, "\(tensor.name)")
            if tensor.scalarType == .float32 {
                #expect(other.withUnsafeFloats(\.count) == tensor.elementCount, "\(tensor.name) is not aligned")
            }
        }
        let (count, text) = try header(of: path)
        #expect((8 + count) % 64 == 0)
        #expect(text.hasPrefix("{"))
        // Foundation's parser agrees that the header is JSON.
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        #expect(scratch.names == ["out.safetensors"])
    }

    @Test("Floats from memory")
    func floats() throws {
        let scratch = try Fixture.Scratch()
        let path = scratch.file("w.safetensors")
        var file = SafetensorsFile()
        file.append(name: "b", shape: [2, 2], floats: [1, -0.0, .infinity, 4])
        file.append(name: "a", shape: [], floats: [5])
        file.append(name: "none", shape: [0, 7], floats: [])
        try file.write(to: path)
        let checkpoint = try Checkpoint(contentsOf: path)
        #expect(checkpoint.tensors.map(\.name) == ["b", "a", "none"])
        #expect(try checkpoint["b"]?.floats().map(\.bitPattern) == [1, -0.0, .infinity, 4].map(\Float.bitPattern))
        #expect(try checkpoint["a"]?.floats() == [5])
        #expect(checkpoint["none"]?.shape == [0, 7])
        let expected = """
            {"b":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[],"data_offsets":[16,20]},\
            "none":{"dtype":"F32","shape":[0,7],"data_offsets":[20,20]}}
            """
        #expect(try header(of: path).text.trimmingCharacters(in: .whitespaces) == expected)
    }

    @Test("A failure leaves what stood there before, and nothing else")
    func failure() throws {
        struct Interruption: Error {}
        let scratch = try Fixture.Scratch()
        let path = try scratch.write("before".utf8, as: "w.safetensors")
        var file = SafetensorsFile()
        file.append(name: "a", shape: [1], floats: [1])
        file.append(name: "b", scalarType: .float32, shape: [1]) { _ in throw Interruption() }
        #expect(throws: CheckpointError.self) { try file.write(to: path) }

        var short = SafetensorsFile()
        short.append(name: "a", scalarType: .float32, shape: [2]) { body in try [0].withUnsafeBytes { try body($0) } }
        short.append(name: "b", shape: [1], floats: [1])
        #expect(throws: Never.self) { try short.write(to: scratch.file("eight-bytes-of-int")) }
        short.append(name: "c", scalarType: .float32, shape: [2]) { body in
            try [Float(0)].withUnsafeBytes { try body($0) }
        }
        #expect(throws: CheckpointError.self) { try short.write(to: path) }

        var twice = SafetensorsFile()
        twice.append(name: "a", shape: [1], floats: [1])
        twice.append(name: "a", shape: [1], floats: [1])
        #expect(throws: CheckpointError.self) { try twice.write(to: path) }

        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
        #expect(scratch.names == ["eight-bytes-of-int", "w.safetensors"])
        #expect(throws: CheckpointError.self) { try SafetensorsFile().write(to: scratch.file("absent/w.safetensors")) }
        #expect(throws: CheckpointError.self) { try SafetensorsFile().write(to: scratch.path) }
    }

    @Test("A file can be replaced by what is read from it")
    func replacement() throws {
        let scratch = try Fixture.Scratch()
        let path = try scratch.write(Fixture.data("everything.safetensors"), as: "w.safetensors")
        let source = try Checkpoint(contentsOf: path)
        var file = SafetensorsFile(metadata: ["renamed": "yes"])
        for tensor in source.tensors { file.append(tensor.renamed("new." + tensor.name)) }
        try file.write(to: path)
        let copy = try Checkpoint(contentsOf: path)
        #expect(try copy["new.plain"]?.floats() == source["plain"]?.floats())
        #expect(copy.metadata == ["renamed": "yes"])
    }
}
