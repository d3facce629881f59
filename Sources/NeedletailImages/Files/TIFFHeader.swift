/// What the first directory of a TIFF or BigTIFF file says.
struct TIFFHeader {
    let size: ImageHeader.Size
    let orientation: ImageOrientation
    /// Whether another page follows that is no preview.
    let holdsSeveral: Bool

    private enum Tag {
        static let subfileType = 254
        static let width = 256
        static let height = 257
        static let orientation = 274
        static let all = [subfileType, width, height, orientation]
    }

    /// - Throws: `ImageError` also when the first picture is the preview of another one, as in cameras' raw files.
    init(_ source: borrowing ImageSource) throws(ImageError) {
        let isLittle = source.bytes(at: 0, count: 1) == [0x49]
        let isBig = try source.number(at: 2, bytes: 2, isLittleEndian: isLittle) == 43
        let start = try source.number(at: isBig ? 8 : 4, bytes: isBig ? 8 : 4, isLittleEndian: isLittle)
        let (values, next) = try Self.directory(at: start, of: source, isLittle: isLittle, isBig: isBig)
        guard values[Tag.subfileType, default: 0] & 1 == 0 else {
            throw ImageError(.unsupported("a camera's raw file, which begins with a preview"), path: source.path)
        }
        guard let width = values[Tag.width], let height = values[Tag.height] else {
            throw ImageError(.corrupt("its first directory states no size"), path: source.path)
        }
        size = (width, height)
        orientation = values[Tag.orientation].flatMap { ImageOrientation(rawValue: $0) } ?? .upright
        let second =
            next == 0 || next == start
            ? nil : try? Self.directory(at: next, of: source, isLittle: isLittle, isBig: isBig).values
        holdsSeveral = second.map { $0[Tag.subfileType, default: 0] & 1 == 0 && $0[Tag.width] != nil } ?? false
    }

    /// The values of a directory's entries, and where the next one is; 0 without one.
    private static func directory(
        at directory: Int, of source: borrowing ImageSource, isLittle: Bool, isBig: Bool
    ) throws(ImageError) -> (values: [Int: Int], next: Int) {
        let entrySize = isBig ? 20 : 12
        let countSize = isBig ? 8 : 2
        let count = try source.number(at: directory, bytes: countSize, isLittleEndian: isLittle)
        guard count <= 1 << 16 else { throw ImageError(.corrupt("a directory of \(count) entries"), path: source.path) }
        var values: [Int: Int] = [:]
        for entry in 0..<count {
            // The directory lies in the file, as its count was read there, so this cannot overflow.
            let offset = directory + countSize + entry * entrySize
            let tag = try source.number(at: offset, bytes: 2, isLittleEndian: isLittle)
            guard Tag.all.contains(tag) else { continue }
            let type = try source.number(at: offset + 2, bytes: 2, isLittleEndian: isLittle)
            guard let size = [1: 1, 3: 2, 4: 4, 16: 8][type], isBig || size < 8 else {
                throw ImageError(.corrupt("its size is of type \(type)"), path: source.path)
            }
            values[tag] = try source.number(
                at: offset + (isBig ? 12 : 8), bytes: size, isLittleEndian: isLittle)
        }
        // An offset that is cut off says that nothing follows.
        let next = try? source.number(
            at: directory + countSize + count * entrySize, bytes: isBig ? 8 : 4, isLittleEndian: isLittle)
        return (values, next ?? 0)
    }
}
