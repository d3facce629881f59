import NeedletailArchives

/// The features of a `tf.train.Example`, by their names.
struct TFExample {
    enum Feature {
        case bytes([UnsafeRawBufferPointer])
        case floats([Float])
        case integers([Int64])
    }

    private(set) var features: [String: Feature] = [:]

    /// - Throws: `ContentFault`.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        // Example.features (1), Features.feature (1): a map of key (1) and value (2).
        var example = ProtobufReader(bytes)
        while let field = try example.next() {
            guard field.number == 1 else { continue }
            var map = try field.message()
            while let entry = try map.next() {
                guard entry.number == 1 else { continue }
                var pair = try entry.message()
                var name = ""
                var feature: Feature?
                while let part = try pair.next() {
                    if part.number == 1 { name = try part.text() }
                    if part.number == 2 { feature = try Self.feature(part.message()) }
                }
                features[name] = feature
            }
        }
    }

    /// A list of bytes (1), floats (2) or whole numbers (3), whose elements are the field 1.
    private static func feature(_ message: ProtobufReader) throws -> Feature? {
        var message = message
        var feature: Feature?
        while let list = try message.next() {
            var values = try list.message()
            switch list.number {
            case 1:
                var bytes: [UnsafeRawBufferPointer] = []
                while let value = try values.next() { if value.number == 1 { bytes.append(try value.bytes()) } }
                feature = .bytes(bytes)
            case 2:
                var floats: [Float] = []
                while let value = try values.next() { if value.number == 1 { floats += try value.floats() } }
                feature = .floats(floats)
            case 3:
                var integers: [Int64] = []
                while let value = try values.next() { if value.number == 1 { integers += try value.integers() } }
                feature = .integers(integers)
            default: continue
            }
        }
        return feature
    }

    func bytes(_ name: String) -> [UnsafeRawBufferPointer] {
        if case .bytes(let values)? = features[name] { values } else { [] }
    }

    func text(_ name: String) -> String? { bytes(name).first.flatMap { String(validating: $0, as: UTF8.self) } }

    func floats(_ name: String) -> [Float]? {
        if case .floats(let values)? = features[name] { values } else { nil }
    }

    func integers(_ name: String) -> [Int64] {
        if case .integers(let values)? = features[name] { values } else { [] }
    }

    /// A size in pixels; 0 when there is none that an image can have.
    func size(_ name: String) -> Int {
        integers(name).first.flatMap { (1..<1 << 31).contains($0) ? Int($0) : nil } ?? 0
    }
}

/// A feature being written.
struct TFExampleWriter {
    private var entries: [UInt8] = []

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value, bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    private static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(content.count)) + content
    }

    private mutating func add(_ name: String, kind: UInt64, _ list: [UInt8]) {
        entries += Self.field(1, Self.field(1, Array(name.utf8)) + Self.field(2, Self.field(kind, list)))
    }

    mutating func add(_ name: String, _ values: [[UInt8]]) {
        add(name, kind: 1, values.flatMap { Self.field(1, $0) })
    }

    mutating func add(_ name: String, texts: [String]) { add(name, texts.map { Array($0.utf8) }) }

    mutating func add(_ name: String, _ values: [Float]) {
        let bytes = values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        add(name, kind: 2, Self.field(1, bytes))
    }

    mutating func add(_ name: String, integers values: [Int]) {
        add(name, kind: 3, Self.field(1, values.flatMap { Self.varint(UInt64(bitPattern: Int64($0))) }))
    }

    /// The record of the example, with its length and check values.
    var record: [UInt8] {
        let content = Self.field(1, entries)
        let length = withUnsafeBytes(of: UInt64(content.count).littleEndian, Array.init)
        func sum(_ bytes: [UInt8]) -> [UInt8] {
            let value = bytes.withUnsafeBytes { CRC32C.masked($0) }
            return withUnsafeBytes(of: value.littleEndian, Array.init)
        }
        return length + sum(length) + content + sum(content)
    }
}
