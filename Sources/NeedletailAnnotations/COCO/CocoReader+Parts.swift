import NeedletailGeometry

/// Reads the list of annotations on all cores.
///
/// Where in the middle of a file does a record begin? Only who has read everything before can be sure. So the place is
/// guessed, from a brace behind a comma after which an annotation can be read, and the guess is tried: the thread that
/// reads the part before must come to an end exactly there. Where it does not, or where anything is wrong, reading goes
/// on from the last sure place by one thread, which then reports what every other file would.
extension CocoReader {
    /// Bytes from which a part is worth a thread.
    private static let leastPartSize = 8 << 20
    /// How far the beginning of a record is looked for.
    private static let searchSize = 1 << 16

    mutating func readAnnotations() throws {
        let starts = partStarts()
        guard !starts.isEmpty else { return try readList("annotations") { try $0.readAnnotation() } }
        let source = source
        let parts = concurrentMap(starts.count) { number in
            Part(source: source, start: starts[number], end: number + 1 < starts.count ? starts[number + 1] : nil)
        }
        for (part, start) in zip(parts, starts) {
            guard part.isWhole else {
                json = JSONReader(source.bytes, at: start)
                json.acceptsNonFinite = true
                return try readRecords("annotations", from: builder.annotations.count) { try $0.readAnnotation() }
            }
            builder.annotations.append(contentsOf: part.reader.builder.annotations)
            imageIDs.append(contentsOf: part.reader.imageIDs)
            categoryIDs.append(contentsOf: part.reader.categoryIDs)
            json = part.reader.json
            if part.endsList { return }
        }
    }

    /// Where the parts of the list begin that comes next; none if it is too short to be cut.
    private func partStarts() -> [Int] {
        var probe = json
        guard (try? probe.peek()) == .array, (try? probe.beginArray()) != nil, (try? probe.nextElement()) == true
        else { return [] }
        probe.skipWhitespace()
        let first = probe.offset, rest = source.bytes.count - first
        let count = min(coreCount, rest / Self.leastPartSize)
        guard count > 1 else { return [] }
        let guesses = (1..<count).compactMap { recordStart(after: first + rest / count * $0) }
        return guesses.isEmpty ? [] : [first] + guesses
    }

    /// The first place behind `offset` at which an annotation seems to begin.
    private func recordStart(after offset: Int) -> Int? {
        let bytes = source.bytes
        var isBehindComma = false
        for place in offset..<min(bytes.count, offset + Self.searchSize) {
            switch bytes[place] {
            case UInt8(ascii: ","): isBehindComma = true
            case UInt8(ascii: "{") where isBehindComma:
                var reader = CocoReader(source: source, at: place, isLenient: false)
                if (try? reader.readAnnotation()) != nil { return place }
                isBehindComma = false
            case 0x20, 0x0A, 0x0D, 0x09: break
            default: isBehindComma = false
            }
        }
        return nil
    }

    /// What one thread has read.
    private struct Part: @unchecked Sendable {
        // Unchecked because of the reader's pointers into the source, which it holds.
        var reader: CocoReader
        /// Whether all went well, up to exactly where the next part begins or the list ends.
        var isWhole = false
        var endsList = false

        init(source: ByteSource, start: Int, end: Int?) {
            reader = CocoReader(source: source, at: start, isLenient: false)
            do {
                repeat {
                    reader.json.skipWhitespace()
                    if let end, reader.json.offset >= end {
                        isWhole = reader.json.offset == end
                        return
                    }
                    try reader.readAnnotation()
                    reader.release(upTo: reader.json.offset)
                } while try reader.json.nextElement()
                isWhole = true
                endsList = true
            } catch {}
        }
    }
}
