/// The entries of a tar archive, one after another: of POSIX (`ustar`, `pax`), of GNU, and of older programs.
struct TarReader {
    struct Entry {
        enum Kind {
            case file, folder
            /// A link, a device or a pipe.
            case special
        }

        var name: String
        var kind: Kind
        var size: Int
    }

    private let stream: any ByteStream
    /// Bytes of the current entry that nobody has read, and what fills its last block.
    private var left = 0
    private var padding = 0

    private static let block = 512
    /// Names and attributes that stand before an entry are not longer.
    private static let mostAttributes = 1 << 20

    init(_ stream: any ByteStream) { self.stream = stream }

    /// Whether bytes begin like an archive: with the mark that all programs of today write, or a header that is right.
    static func isTar(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= block else { return false }
        if bytes[257..<262].elementsEqual("ustar".utf8) { return true }
        let header = try? Header(UnsafeRawBufferPointer(rebasing: bytes[..<block]))
        return header.map { !$0.isEnd } ?? false
    }

    /// The next entry; nil behind the last.
    ///
    /// - Throws: ``ContentFault``.
    mutating func next() throws -> Entry? {
        try skip(left + padding)
        (left, padding) = (0, 0)
        var name: String?
        var size: Int?
        while true {
            var bytes = [UInt8](repeating: 0, count: Self.block)
            let header = try bytes.withUnsafeMutableBytes { buffer in
                try stream.readAll(buffer)
                return try Header(UnsafeRawBufferPointer(buffer))
            }
            if header.isEnd { return nil }
            switch header.type {
            case UInt8(ascii: "L"):
                name = try text(header.size).prefix { $0 != "\0" }.description
            case UInt8(ascii: "x"):
                let attributes = try Self.attributes(text(header.size))
                if let path = attributes["path"] { name = path }
                if let text = attributes["size"] {
                    guard let number = Int(text), (0..<1 << 62).contains(number) else {
                        throw ContentFault.malformed(detail: "an entry has a size of '\(printable(text))'")
                    }
                    size = number
                }
            case UInt8(ascii: "K"), UInt8(ascii: "g"):
                _ = try text(header.size)
            case UInt8(ascii: "S"):
                throw ContentFault.unsupported(detail: "it holds a sparse file")
            default:
                let entry = Entry(name: name ?? header.name, kind: header.kind, size: size ?? header.size)
                left = entry.size
                padding = (Self.block - entry.size % Self.block) % Self.block
                return entry
            }
        }
    }

    /// Reads of the current entry as much as there is.
    mutating func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, left)])
        try stream.readAll(part)
        left -= part.count
        return part.count
    }

    private func skip(_ count: Int) throws {
        var left = count
        var room = [UInt8](repeating: 0, count: min(count, 1 << 16))
        while left > 0 {
            let part = min(left, room.count)
            try room.withUnsafeMutableBytes { try stream.readAll(UnsafeMutableRawBufferPointer(rebasing: $0[..<part])) }
            left -= part
        }
    }

    /// Text that stands before an entry, with what fills its last block.
    private func text(_ size: Int) throws -> String {
        guard size <= Self.mostAttributes else {
            throw ContentFault.malformed(detail: "it announces a name of \(size) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: (size + Self.block - 1) / Self.block * Self.block)
        try bytes.withUnsafeMutableBytes { try stream.readAll($0) }
        guard let text = String(validating: bytes[..<size], as: UTF8.self) else {
            throw ContentFault.malformed(detail: "a name is not UTF-8")
        }
        return text
    }

    /// Lines of `length key=value`, where the length counts itself and the line feed.
    private static func attributes(_ text: String) throws -> [String: String] {
        var attributes: [String: String] = [:]
        var rest = text.utf8[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let length = Int(String(rest[..<space]) ?? ""),
                length > 0, length <= rest.count,
                let record = String(rest[rest.index(after: space)..<rest.index(rest.startIndex, offsetBy: length)]),
                let equals = record.firstIndex(of: "="), record.hasSuffix("\n")
            else { throw ContentFault.malformed(detail: "the attributes of an entry cannot be read") }
            attributes[String(record[..<equals])] = String(record[record.index(after: equals)...].dropLast())
            rest = rest.dropFirst(length)
        }
        return attributes
    }

    /// A block that announces an entry.
    private struct Header {
        let name: String
        let type: UInt8
        let size: Int
        /// Zeros stand behind the last entry.
        let isEnd: Bool

        init(_ bytes: UnsafeRawBufferPointer) throws {
            isEnd = bytes.allSatisfy { $0 == 0 }
            type = bytes[156]
            guard !isEnd else {
                (name, size) = ("", 0)
                return
            }
            // The sum of all bytes, those of the sum itself as spaces.
            let sum = bytes.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
            guard let stated = try? Self.number(bytes[148..<156]), stated == sum else {
                throw ContentFault.malformed(detail: "the header of an entry is damaged")
            }
            size = try Self.number(bytes[124..<136])
            var name = try Self.text(bytes[0..<100])
            if bytes[257..<263].elementsEqual("ustar\0".utf8) {
                let folder = try Self.text(bytes[345..<500])
                if !folder.isEmpty { name = folder + "/" + name }
            }
            self.name = name
        }

        var kind: Entry.Kind {
            switch type {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): name.hasSuffix("/") ? .folder : .file
            case UInt8(ascii: "5"): .folder
            default: .special
            }
        }

        private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> String {
            guard let text = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self) else {
                throw ContentFault.malformed(detail: "a name is not UTF-8")
            }
            return text
        }

        /// Octal digits or, where the first bit is set, a number in base 256.
        private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> Int {
            var digits = Array(bytes)
            var value = 0
            let isBinary = digits[0] & 0x80 != 0
            if isBinary {
                digits[0] &= 0x7f
            } else {
                digits = digits.filter { $0 != 0 && $0 != 32 }.map { $0 &- 48 }
            }
            for digit in digits {
                let (product, overflow) = value.multipliedReportingOverflow(by: isBinary ? 256 : 8)
                guard !overflow, isBinary || digit < 8, product <= Int.max - 255 else {
                    throw ContentFault.malformed(detail: "an entry has an impossible size")
                }
                value = product + Int(digit)
            }
            guard value < 1 << 62 else { throw ContentFault.malformed(detail: "an entry has an impossible size") }
            return value
        }
    }
}
