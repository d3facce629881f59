import Foundation
import NeedletailEvaluation

/// A line of a fixture: the bits of the twelve numbers, and checksums of all arrays and of the printed text.
struct RecordedResult {
    var name: String
    var stats: [Double]
    var arrays: UInt32
    var text: UInt32

    static func read(_ url: URL) throws -> [RecordedResult] {
        let text = try String(contentsOf: url, encoding: .utf8)
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let fields = line.split(separator: " ")
            struct Malformed: Error { var line: Substring }
            guard fields.count == 15, let arrays = UInt32(fields[13], radix: 16),
                let text = UInt32(fields[14], radix: 16)
            else { throw Malformed(line: line) }
            let stats = fields[1...12].map { field in
                field == "-" ? -1 : Double(bitPattern: UInt64(field, radix: 16) ?? 0x7FF8_0000_0000_0000)
            }
            return RecordedResult(name: String(fields[0]), stats: stats, arrays: arrays, text: text)
        }
    }

    static func fixture(_ name: String) throws -> [RecordedResult] {
        struct Missing: Error {}
        guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "txt") else {
            throw Missing()
        }
        return try read(url)
    }

    /// The first difference between what was recorded and what was computed, `nil` when every bit agrees.
    func difference(from result: COCOMetrics) -> String? {
        for (i, (expected, value)) in zip(stats, result.stats).enumerated()
        where expected.bitPattern != value.bitPattern {
            return "\(name): \(COCOStatistics.names[i]) is \(value), recorded \(expected)"
        }
        guard let table = result.table else { return "\(name): no table" }
        var checksum = CRC32()
        checksum.add(table.flattenedPrecisions())
        checksum.add(table.flattenedRecalls())
        checksum.add(table.flattenedScores())
        if checksum.value != arrays { return "\(name): precision, recall or scores differ" }
        var printed = CRC32()
        printed.add(bytes: Array(result.summary.utf8))
        return printed.value == text ? nil : "\(name): text differs:\n\(result.summary)"
    }
}

/// Where a fixture lies.
func fixtureURL(_ name: String) throws -> URL {
    struct Missing: Error { var name: String }
    guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "txt") else {
        throw Missing(name: name)
    }
    return url
}

/// The lines of a fixture cut at spaces, comments left out.
func fixtureFields(_ name: String) throws -> [[Substring]] {
    try String(contentsOf: fixtureURL(name), encoding: .utf8).split(separator: "\n")
        .filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
}

/// The checksum of zlib and PNG.
struct CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    private var state: UInt32 = ~0
    var value: UInt32 { ~state }

    mutating func add(bytes: some Sequence<UInt8>) {
        let table = Self.table
        for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ (state >> 8) }
    }

    mutating func add(_ values: [Double]) {
        values.withUnsafeBytes { add(bytes: $0) }
    }
}
