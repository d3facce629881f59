/// The entries of a zip archive, from its central directory, with 64-bit sizes.
///
/// Archives of several volumes and encrypted entries are refused. A name is what the archive says and no path yet.
package struct ZipDirectory {
    package struct Entry {
        package enum Method {
            case stored, deflated
        }

        package let name: String
        /// The entry's bytes in the archive.
        package let range: Range<Int>
        package let method: Method
        /// Bytes of the entry as it was.
        package let size: Int
        /// Of the entry as it was.
        package let checksum: UInt32
        /// Whether it is a symbolic link, or something else than a file or a folder.
        package let isSpecial: Bool
    }

    /// In the order of the directory.
    package let entries: [Entry]
    private let positions: [String: Int]

    package subscript(name: String) -> Range<Int>? { positions[name].map { entries[$0].range } }

    private static let endSignature: UInt32 = 0x0605_4b50
    private static let end64Signature: UInt32 = 0x0606_4b50
    private static let locator64Signature: UInt32 = 0x0706_4b50
    private static let directorySignature: UInt32 = 0x0201_4b50
    private static let localSignature: UInt32 = 0x0403_4b50

    /// - Throws: `ContentFault`.
    package init(_ bytes: UnsafeRawBufferPointer) throws {
        let (start, count) = try Self.directoryPlace(bytes)
        guard start <= bytes.count else {
            throw ContentFault.malformed(detail: "the zip directory lies outside the file")
        }
        var reader = ByteReader(bytes, at: start)
        // Each entry takes 46 bytes at least, so the count cannot announce more than the file has room for.
        guard count <= reader.remaining / 46 else {
            throw ContentFault.malformed(detail: "the zip directory announces \(count) entries")
        }
        var entries: [Entry] = []
        var positions: [String: Int] = [:]
        entries.reserveCapacity(count)
        for index in 0..<count {
            let entry = try Self.readEntry(&reader, in: bytes)
            // Programs disagree on which of two entries of one name counts.
            guard positions.updateValue(index, forKey: entry.name) == nil else {
                throw ContentFault.malformed(
                    detail: "the zip directory names '\(printable(entry.name))' twice")
            }
            entries.append(entry)
        }
        self.entries = entries
        self.positions = positions
    }

    /// Start of the central directory and the number of its entries.
    private static func directoryPlace(_ bytes: UnsafeRawBufferPointer) throws -> (start: Int, count: Int) {
        // The end record is followed by a comment of up to 65,535 bytes.
        let endSize = 22
        guard bytes.count >= endSize else {
            throw ContentFault.truncated(detail: "the zip archive has no end")
        }
        var end = bytes.count - endSize
        let earliest = max(0, end - 0xffff)
        while bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self).littleEndian != endSignature {
            guard end > earliest else {
                throw ContentFault.truncated(detail: "the directory at the end of the zip archive is missing")
            }
            end -= 1
        }
        var reader = ByteReader(bytes, at: end + 4)
        let disk = try reader.integer(UInt16.self)
        let directoryDisk = try reader.integer(UInt16.self)
        _ = try reader.integer(UInt16.self)
        let count = try reader.integer(UInt16.self)
        let size = try reader.integer(UInt32.self)
        let start = try reader.integer(UInt32.self)
        let needs64 = count == .max || size == .max || start == .max
        if end >= 20 {
            var locator = ByteReader(bytes, at: end - 20)
            if try locator.integer(UInt32.self) == locator64Signature {
                _ = try locator.integer(UInt32.self)
                let place = try directoryPlace64(bytes, at: locator.count(UInt64.self))
                // Programs disagree on which of the two records counts.
                guard start == .max || Int(start) == place.start, count == .max || Int(count) == place.count else {
                    throw ContentFault.malformed(detail: "the end of the zip archive contradicts itself")
                }
                return place
            }
        }
        guard !needs64, disk == 0 || disk == .max, directoryDisk == disk else {
            throw ContentFault.malformed(detail: "the end of the zip archive contradicts itself")
        }
        return (Int(start), Int(count))
    }

    private static func directoryPlace64(
        _ bytes: UnsafeRawBufferPointer, at position: Int
    ) throws -> (start: Int, count: Int) {
        guard position <= bytes.count else {
            throw ContentFault.malformed(detail: "the zip64 record lies outside the file")
        }
        var reader = ByteReader(bytes, at: position)
        guard try reader.integer(UInt32.self) == end64Signature else {
            throw ContentFault.malformed(detail: "the zip64 record is missing")
        }
        // Record size, versions, disk numbers, entries on this disk.
        _ = try reader.take(8 + 2 + 2 + 4 + 4 + 8)
        let count = try reader.count(UInt64.self)
        _ = try reader.integer(UInt64.self)
        return (try reader.count(UInt64.self), count)
    }

    private static func readEntry(_ reader: inout ByteReader, in bytes: UnsafeRawBufferPointer) throws -> Entry {
        guard try reader.integer(UInt32.self) == directorySignature else {
            throw ContentFault.malformed(
                detail: "the zip directory is damaged at byte \(reader.position - 4)")
        }
        let madeBy = try reader.integer(UInt16.self)
        _ = try reader.take(2)
        let flags = try reader.integer(UInt16.self)
        let methodNumber = try reader.integer(UInt16.self)
        _ = try reader.take(4)
        let checksum = try reader.integer(UInt32.self)
        let shortStoredSize = try reader.integer(UInt32.self)
        let shortSize = try reader.integer(UInt32.self)
        let nameCount = Int(try reader.integer(UInt16.self))
        let extraCount = Int(try reader.integer(UInt16.self))
        let commentCount = Int(try reader.integer(UInt16.self))
        _ = try reader.take(4)
        let attributes = try reader.integer(UInt32.self)
        let shortStart = try reader.integer(UInt32.self)
        let name = try reader.text(nameCount)
        var extra = ByteReader(try reader.take(extraCount))
        _ = try reader.take(commentCount)

        guard flags & 1 == 0 else {
            throw ContentFault.unsupported(detail: "entry '\(printable(name))' is encrypted")
        }
        guard let method = Self.methods[methodNumber] else {
            throw ContentFault.unsupported(
                detail: "entry '\(printable(name))' is compressed by method \(methodNumber), which is not known here")
        }
        var size = Int(shortSize)
        var storedSize = Int(shortStoredSize)
        var start = Int(shortStart)
        // The zip64 field holds, in this order, those of the numbers that did not fit.
        while extra.remaining >= 4 {
            let id = try extra.integer(UInt16.self)
            var field = ByteReader(try extra.take(Int(extra.integer(UInt16.self))))
            guard id == 1 else { continue }
            if shortSize == .max { size = try field.count(UInt64.self) }
            if shortStoredSize == .max { storedSize = try field.count(UInt64.self) }
            if shortStart == .max { start = try field.count(UInt64.self) }
        }
        guard size == storedSize || method == .deflated else {
            throw ContentFault.malformed(detail: "entry '\(printable(name))' has two different sizes")
        }
        // Archives made on Unix have the kind of file in the upper half.
        let kind = madeBy >> 8 == 3 ? (attributes >> 16) & 0xf000 : 0
        return Entry(
            name: name, range: try dataRange(of: name, header: start, count: storedSize, in: bytes), method: method,
            size: size, checksum: checksum, isSpecial: ![0, 0x8000, 0x4000].contains(kind))
    }

    private static let methods: [UInt16: Entry.Method] = [0: .stored, 8: .deflated]

    /// The bytes behind the entry's local header, whose name and extra field may differ in length from the
    /// directory's.
    private static func dataRange(
        of name: String, header: Int, count: Int, in bytes: UnsafeRawBufferPointer
    ) throws -> Range<Int> {
        guard header <= bytes.count else {
            throw ContentFault.malformed(detail: "entry '\(printable(name))' lies outside the file")
        }
        var reader = ByteReader(bytes, at: header)
        guard try reader.integer(UInt32.self) == localSignature else {
            throw ContentFault.malformed(detail: "entry '\(printable(name))' is not where it should be")
        }
        _ = try reader.take(22)
        let nameCount = Int(try reader.integer(UInt16.self))
        let extraCount = Int(try reader.integer(UInt16.self))
        _ = try reader.take(nameCount + extraCount)
        let start = reader.position
        _ = try reader.take(count)
        return start..<start + count
    }
}
