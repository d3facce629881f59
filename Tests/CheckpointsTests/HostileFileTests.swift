import Foundation
import NeedletailCheckpoints
import Testing

/// Files made to break a reader. A test passes when it ends with a typed error, or with tensors that can be read.
@Suite("Hostile weight files")
struct HostileFileTests {
    static let formats = [
        "everything.pth", "everything-legacy.pth", "protocol5-legacy.pth", "training.pth", "zip64.pth",
        "big-endian.pth",
        "python2-legacy.pth", "everything.safetensors",
    ]

    @Test("A file cut off anywhere is an error", arguments: formats)
    func truncated(_ name: String) throws {
        let scratch = try Fixture.Scratch()
        let bytes = Array(try Fixture.data(name))
        let path = try scratch.write(bytes, as: "cut")
        for count in (0..<bytes.count).reversed() {
            truncate(path, count)
            // The end record of these archives is followed by a comment, whose loss changes nothing.
            if name == "big-endian.pth", count >= bytes.count - 20 { continue }
            #expect(throws: CheckpointError.self, "cut after \(count) bytes") { try Checkpoint(contentsOf: path) }
        }
    }

    /// `NEEDLETAIL_FUZZ` multiplies the number of mutations.
    static let rounds = 150 * (ProcessInfo.processInfo.environment["NEEDLETAIL_FUZZ"].flatMap(Int.init) ?? 1)

    @Test("Random damage never crashes or hangs", arguments: formats)
    func mutated(_ name: String) throws {
        let scratch = try Fixture.Scratch()
        let original = Array(try Fixture.data(name))
        var generator = Generator(state: name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })
        var refused = 0
        for _ in 0..<Self.rounds {
            let bytes = generator.mutate(original)
            let path = try scratch.write(bytes, as: "mutant")
            do throws(CheckpointError) {
                let checkpoint = try Checkpoint(contentsOf: path)
                for tensor in checkpoint.tensors {
                    _ = try? tensor.floats()
                    _ = try? tensor.integers()
                    _ = tensor.withUnsafeFloats { $0.reduce(0, +) }
                }
                _ = CheckpointArchitecture(checkpoint)
            } catch {
                refused += 1
                #expect(error.path == path && !error.description.isEmpty)
            }
        }
        #expect(refused > 0)
    }

    struct Generator: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }

        mutating func mutate(_ original: [UInt8]) -> [UInt8] {
            var bytes = original
            let telling: [UInt8] = [
                0, 1, 0x7f, 0x80, 0xff, 0x28, 0x29, 0x2e, 0x52, 0x5d, 0x65, 0x68, 0x71, 0x74, 0x75, 0x8a,
            ]
            for _ in 0..<Int.random(in: 1...4, using: &self) {
                guard !bytes.isEmpty else { break }
                let position = Int.random(in: bytes.indices, using: &self)
                switch Int.random(in: 0..<6, using: &self) {
                case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &self)
                case 1: bytes[position] = .random(in: .min ... .max, using: &self)
                case 2: bytes[position] = telling.randomElement(using: &self) ?? 0
                case 3:
                    for index in position..<min(position + 8, bytes.count) { bytes[index] = 0xff }
                case 4:
                    let end = min(position + Int.random(in: 1...16, using: &self), bytes.count)
                    bytes.removeSubrange(position..<end)
                default:
                    let end = min(position + Int.random(in: 1...16, using: &self), bytes.count)
                    bytes.insert(contentsOf: bytes[position..<end], at: Int.random(in: bytes.indices, using: &self))
                }
            }
            return bytes
        }
    }

    // MARK: Pickles by hand

    /// A legacy file around one pickle, with one storage "0" of four floats.
    private func legacy(_ pickle: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
        bytes += [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e]  // 1001
        bytes += [0x80, 2, 0x7d, 0x2e]  // {}
        bytes += pickle
        bytes += [0x80, 2, 0x5d] + text("0") + [0x61, 0x2e]  // ["0"]
        bytes += [4, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16)
        return bytes
    }

    private func text(_ string: String) -> [UInt8] { [0x55, UInt8(string.utf8.count)] + Array(string.utf8) }

    private func integer(_ value: Int64) -> [UInt8] {
        [0x8a, 8] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// `{"w": _rebuild_tensor(storage, offset, shape, strides)}`
    private func tensorPickle(offset: Int64, shape: [Int64], strides: [Int64], count: Int64 = 4) -> [UInt8] {
        func tuple(_ values: [Int64]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }
        var bytes: [UInt8] = [0x80, 2, 0x7d] + text("w") + Array("ctorch._utils\n_rebuild_tensor\n(".utf8)
        bytes += [0x28] + text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("0") + text("cpu")
        bytes += integer(count) + [0x4e, 0x74, 0x51]
        return bytes + integer(offset) + tuple(shape) + tuple(strides) + [0x74, 0x52, 0x73, 0x2e]
    }

    private func outcome(_ bytes: [UInt8]) throws -> Result<Checkpoint, CheckpointError> {
        let scratch = try Fixture.Scratch()
        let path = try scratch.write(bytes, as: "file.pth")
        return Result { () throws(CheckpointError) in try Checkpoint(contentsOf: path) }
    }

    @Test("A view by hand reads, so that the refusals below mean something")
    func goodView() throws {
        let checkpoint = try outcome(legacy(tensorPickle(offset: 1, shape: [3], strides: [1]))).get()
        #expect(try checkpoint["w"]?.floats() == [0, 0, 0])
        // The stride of a dimension of size one is never used, whatever it is.
        let odd = try outcome(legacy(tensorPickle(offset: 0, shape: [2, 1, 2], strides: [1, .max, 2]))).get()
        #expect(try odd["w"]?.floats() == [0, 0, 0, 0])
    }

    @Test("Views outside their storage are refused")
    func impossibleViews() throws {
        let views: [(Int64, [Int64], [Int64])] = [
            (1, [4], [1]), (0, [2], [4]), (4, [1], [1]), (-1, [1], [1]), (0, [2], [-1]), (.max, [2], [1]),
            (0, [.max], [1]), (0, [.max, .max], [.max, .max]), (0, [2], [.max]), (0, [3, 3], [.max, .max]),
            (0, [-1], [1]), (0, [.min], [1]), (.min, [1], [1]), (0, [1 << 40], [0]), (0, [1 << 32, 1 << 31], [0, 0]),
            (0, [2], [1, 1]), (0, [2, 2], [1]),
        ]
        for (offset, shape, strides) in views {
            let result = try outcome(legacy(tensorPickle(offset: offset, shape: shape, strides: strides)))
            #expect(throws: CheckpointError.self, "\(offset) \(shape) \(strides)") { try result.get() }
        }
        for count in [5, .max, -1, .max / 4 + 1] as [Int64] {
            let result = try outcome(legacy(tensorPickle(offset: 0, shape: [1], strides: [1], count: count)))
            #expect(throws: CheckpointError.self, "\(count) elements announced") { try result.get() }
        }
    }

    @Test("Pickles that grow, nest or bite their tail end quickly")
    func bombs() throws {
        let start: [UInt8] = [0x80, 2]
        // A list inside a list, a million deep; the same with tuples and dictionaries.
        let deepLists =
            start + [UInt8](repeating: 0x5d, count: 1_000_000) + [UInt8](repeating: 0x61, count: 999_999) + [0x2e]
        let deepTuples = start + [0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2e]
        // Lists of lists, each holding the one before ten times: 10^1000 leaves.
        var laughs = start + [0x5d, 0x71, 0]
        for level in 0..<250 as Range<UInt8> {
            laughs += [0x5d, 0x28] + (0..<10).flatMap { _ in [0x68, level] } + [0x65, 0x71, level + 1]
        }
        laughs += [0x2e]
        // x = {}; x["model"] = x
        let cycle = start + [0x7d, 0x71, 0] + text("model") + [0x68, 0, 0x73, 0x2e]
        // A large list, copied over and over by list(x).
        var copies = start + [0x5d, 0x28] + [UInt8](repeating: 0x4e, count: 100_000) + [0x65, 0x71, 0]
        for _ in 0..<100_000 { copies += Array("cbuiltins\nlist\n".utf8) + [0x68, 0, 0x85, 0x52] }
        copies += [0x2e]
        let endless = start + [UInt8](repeating: 0x4e, count: 6_000_000)
        let marks = start + [UInt8](repeating: 0x28, count: 1_000_000) + [0x74, 0x2e]
        for (name, pickle) in [
            ("lists", deepLists), ("tuples", deepTuples), ("laughs", laughs), ("cycle", cycle), ("copies", copies),
            ("endless", endless), ("marks", marks),
        ] {
            let result = try outcome(legacy(pickle))
            #expect(throws: CheckpointError.self, "\(name)") { try result.get() }
        }
    }

    @Test("Counts larger than the file are refused before anything is allocated")
    func hugeCounts() throws {
        let start: [UInt8] = [0x80, 2]
        let sizes: [[UInt8]] = [
            [0x58, 0xff, 0xff, 0xff, 0xff], [0x42, 0xff, 0xff, 0xff, 0xff], [0x8d] + [UInt8](repeating: 0xff, count: 8),
            [0x8e] + [UInt8](repeating: 0x7f, count: 8), [0x8b, 0xff, 0xff, 0xff, 0xff],
            [0x8b, 0xff, 0xff, 0xff, 0x7f],
            [0x54, 0, 0, 0, 0x80], [0x96] + [UInt8](repeating: 0x7f, count: 8),
        ]
        for size in sizes {
            let result = try outcome(legacy(start + size + [0x2e]))
            #expect(throws: CheckpointError.self, "\(size)") { try result.get() }
        }
    }

    @Test("Opcodes on the wrong values are refused")
    func nonsense() throws {
        let start: [UInt8] = [0x80, 2]
        let programs: [[UInt8]] = [
            [0x2e], [0x30], [0x74], [0x73], [0x4e, 0x73], [0x4e, 0x4e, 0x52], [0x4e, 0x29, 0x52], [0x68, 9], [0x71, 0],
            [0x28, 0x2e], [0x28, 0x4e, 0x75, 0x2e], [0x7d, 0x28, 0x4e, 0x75, 0x2e], [0x4e, 0x51], [0x29, 0x51], [0x93],
            [0x4e, 0x4e, 0x93], [0x4e, 0x4e, 0x62], [0x5d, 0x4e, 0x62], [0x49, 0x31, 0x0a], [0x82, 1], [0x97],
            Array("ctorch\nFloatStorage\n".utf8) + [0x29, 0x52],
            Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + [0x29, 0x52],
            Array("ctorch._tensor\n_rebuild_from_type_v2\n".utf8) + [0x29, 0x52], Array("cbuiltins\neval\n".utf8),
            Array("cbuiltins\ngetattr\n".utf8), Array("ctorch.hub\nload\n".utf8), Array("cnumpy\nload\n".utf8),
            Array("ctorch.storage\n_load_from_bytes\n".utf8), Array("cbuiltins\n".utf8),
            Array("c".utf8) + [UInt8](repeating: 0x61, count: 5000) + [0x0a, 0x0a],
        ]
        for program in programs {
            let result = try outcome(legacy(start + program))
            #expect(throws: CheckpointError.self, "\(program)") { try result.get() }
        }
    }

    // MARK: safetensors by hand

    private func safetensors(_ header: String, data: Int = 0, headerCount: UInt64? = nil) -> [UInt8] {
        let count = headerCount ?? UInt64(header.utf8.count)
        return withUnsafeBytes(of: count.littleEndian) { Array($0) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    @Test("safetensors headers that break a rule are refused")
    func safetensorsRules() throws {
        func entry(_ shape: String, _ offsets: String, type: String = "F32") -> String {
            "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
        }
        let good = "{\"w\":\(entry("[2]", "[0,8]"))}   "
        let checkpoint = try outcome(safetensors(good, data: 8)).get()
        #expect(checkpoint["w"]?.shape == [2])
        #expect(try outcome(safetensors("{}")).get().tensors.isEmpty)

        let broken: [(String, Int)] = [
            (good, 7), (good, 9), ("{\"w\":\(entry("[2]", "[1,9]"))}", 9), ("{\"w\":\(entry("[3]", "[0,8]"))}", 8),
            ("{\"w\":\(entry("[2]", "[8,0]"))}", 8), ("{\"w\":\(entry("[-2]", "[0,8]"))}", 8),
            ("{\"w\":\(entry("[2.0]", "[0,8]"))}", 8), ("{\"w\":\(entry("[2e0]", "[0,8]"))}", 8),
            ("{\"w\":\(entry("[02]", "[0,8]"))}", 8), ("{\"w\":\(entry("[18446744073709551618]", "[0,8]"))}", 8),
            ("{\"w\":\(entry("[4611686018427387906]", "[0,8]"))}", 8),
            ("{\"w\":\(entry("[4294967296,4294967296]", "[0,0]"))}", 0), ("{\"w\":\(entry("[2]", "[0,8,8]"))}", 8),
            ("{\"w\":\(entry("[2]", "[0]"))}", 8), ("{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8),
            ("{\"w\":\(entry("[2]", "[0,8]")),\"w\":\(entry("[0]", "[8,8]"))}", 8),
            ("{\"a\":\(entry("[1]", "[0,4]")),\"b\":\(entry("[1]", "[0,4]"))}", 4),
            ("{\"a\":\(entry("[1]", "[0,4]")),\"b\":\(entry("[1]", "[8,12]"))}", 12),
            ("{\"a\":\(entry("[1]", "[0,4]")),\"b\":\(entry("[2]", "[2,10]"))}", 10),
            ("{\"w\":\(entry("[2]", "[0,8]", type: "F31"))}", 8), ("{\"__metadata__\":{\"a\":1}}", 0),
            ("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0), ("{\"w\":\(entry("[2]", "[0,8]"))", 8),
            ("{\"w\":\(entry("[2]", "[0,8]"))}x", 8), ("{\"w\":\(entry("[2]", "[0,8]")),}", 8), ("{\"\\ud800\":{}}", 0),
            ("{\"\\x\":{}}", 0), ("{" + String(repeating: "\"a\":{", count: 100_000), 0),
            ("{\"w\":{\"x\":" + String(repeating: "[", count: 100_000), 0),
            ("{\"w\":\(entry("[" + String(repeating: "1,", count: 100) + "1]", "[0,4]"))}", 4),
        ]
        for (header, data) in broken {
            let result = try outcome(safetensors(header, data: data))
            #expect(throws: CheckpointError.self, "\(header.prefix(120))") { try result.get() }
        }
        for count in [100_000_001, UInt64.max, 1 << 63, 1000] {
            let result = try outcome(safetensors(good, data: 8, headerCount: count))
            #expect(throws: CheckpointError.self, "\(count)") { try result.get() }
        }
    }

    // MARK: zip by hand

    @Test("Archives whose directory lies are refused")
    func zipDirectory() throws {
        let good = Array(try Fixture.data("everything.pth"))
        let end = try #require(good.indices.reversed().first { good[$0...].starts(with: [0x50, 0x4b, 5, 6]) })
        let directory = Int(good[end + 16]) | Int(good[end + 17]) << 8 | Int(good[end + 18]) << 16
        func damaged(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
            var bytes = good
            change(&bytes)
            return bytes
        }
        #expect(throws: Never.self) { try outcome(good).get() }
        let archives: [(String, [UInt8])] = [
            ("start of directory", damaged { $0[end + 19] = 0x7f }),
            (
                "count",
                damaged {
                    $0[end + 10] = 0xff; $0[end + 8] = 0xff
                }
            ),
            ("encrypted", damaged { $0[directory + 8] |= 1 }),
            ("compressed", damaged { $0[directory + 10] = 8 }),
            ("size", damaged { for index in 20..<28 { $0[directory + index] = 0xfe } }),
            ("two sizes", damaged { $0[directory + 20] &+= 1 }),
            ("zip64 without its field", damaged { for index in 20..<28 { $0[directory + index] = 0xff } }),
            ("place", damaged { $0[directory + 42] &+= 1 }),
            ("outside", damaged { $0[directory + 45] = 0x7f }),
        ]
        for (name, bytes) in archives {
            let result = try outcome(bytes)
            #expect(throws: CheckpointError.self, "\(name)") { try result.get() }
        }
    }
}
