import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads the lists of images and annotations on all cores.
///
/// Where in the middle of a file does a record begin? Only who has read everything before can be sure. So the place is
/// guessed, from a brace behind a comma after which a record can be read, and the guess is tried: the thread that
/// reads the part before must come to an end exactly there. Where it does not, or where anything is wrong, reading goes
/// on from the last sure place by one thread, which then reports what every other file would.
extension COCOReader {
    /// Bytes of a part: many more parts than cores keep all of them busy to the end.
    private static let partSize = 4 << 20
    /// How far the beginning of a record is looked for.
    private static let searchSize = 1 << 16

    typealias RecordReader = (inout COCOReader) throws -> Void

    mutating func readInParts(_ name: String, _ readRecord: RecordReader) throws {
        let starts = partStarts(readRecord)
        guard !starts.isEmpty else { return try readList(name, readRecord) }
        let source = source
        let parts = concurrentMap(starts.count) { number in
            Part(
                source: source, start: starts[number], end: number + 1 < starts.count ? starts[number + 1] : nil,
                readRecord)
        }
        // Up to the one that ends the list, if all before it are as they should be.
        let last = parts.firstIndex { $0.endsList || !$0.isWhole } ?? parts.endIndex - 1
        let isComplete = parts[last].endsList
        take(parts[...(isComplete ? last : last - 1)].map(\.reader))
        json = isComplete ? parts[last].reader.json : JSONReader(source.bytes, at: starts[last])
        json.acceptsNonFinite = true
        if isComplete { return }
        let count = name == "images" ? builder.images.count : builder.annotations.count
        try readRecords(name, from: count, readRecord)
    }

    /// Appends what the readers of the parts have found.
    private mutating func take(_ readers: [COCOReader]) {
        var (images, annotations) = (builder.images.count, builder.annotations.count)
        for reader in readers {
            builder.remarks += reader.builder.remarks.map { $0.moved(images: images, annotations: annotations) }
            rotations.merge(reader.rotations) { $1 }
            images += reader.builder.images.count
            annotations += reader.builder.annotations.count
        }
        builder.images.append(contentsOf: readers.map(\.builder.images))
        builder.annotations.append(contentsOf: readers.map(\.builder.annotations))
        imageIDs.append(contentsOf: readers.map(\.imageIDs))
        categoryIDs.append(contentsOf: readers.map(\.categoryIDs))
    }

    /// Where the parts of the list begin that comes next; none if it is too short to be cut.
    private func partStarts(_ readRecord: RecordReader) -> [Int] {
        var probe = json
        guard (try? probe.peek()) == .array, (try? probe.beginArray()) != nil, (try? probe.nextElement()) == true
        else { return [] }
        probe.skipWhitespace()
        var starts = [probe.offset]
        var failures = 0
        for place in stride(from: probe.offset + Self.partSize, to: source.bytes.count, by: Self.partSize) {
            if let start = recordStart(after: place, readRecord) {
                starts.append(start)
                failures = 0
            } else {
                // The list has ended before, most likely.
                failures += 1
                if failures == 2 { break }
            }
        }
        return starts.count > 1 ? starts : []
    }

    /// The first place behind `offset` at which a record seems to begin.
    private func recordStart(after offset: Int, _ readRecord: RecordReader) -> Int? {
        let bytes = source.bytes
        var isBehindComma = false
        for place in offset..<min(bytes.count, offset + Self.searchSize) {
            switch bytes[place] {
            case UInt8(ascii: ","): isBehindComma = true
            case UInt8(ascii: "{") where isBehindComma:
                var reader = COCOReader(source: source, at: place, isLenient: false)
                if (try? readRecord(&reader)) != nil { return place }
                isBehindComma = false
            case 0x20, 0x0A, 0x0D, 0x09: break
            default: isBehindComma = false
            }
        }
        return nil
    }

    /// What one thread has read.
    private struct Part {
        var reader: COCOReader
        /// Whether all went well, up to exactly where the next part begins or the list ends.
        var isWhole = false
        var endsList = false

        init(source: ByteSource, start: Int, end: Int?, _ readRecord: RecordReader) {
            reader = COCOReader(source: source, at: start, isLenient: false)
            do {
                repeat {
                    reader.json.skipWhitespace()
                    if let end, reader.json.offset >= end {
                        isWhole = reader.json.offset == end
                        break
                    }
                    try readRecord(&reader)
                    reader.release(upTo: reader.json.offset)
                    endsList = try !reader.json.nextElement()
                } while !endsList
                if endsList { isWhole = true }
            } catch {}
            source.release(start..<reader.json.offset)
        }
    }
}
