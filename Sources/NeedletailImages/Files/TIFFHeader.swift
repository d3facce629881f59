/// The size in the first directory of a TIFF or BigTIFF file.
enum TIFFHeader {
    private enum Tag {
        static let subfileType = 254
        static let width = 256
        static let height = 257
    }

    /// - Throws: `ImageError` also when the first picture is the preview of another one, as in cameras' raw files.
    static func size(of source: borrowing ImageSource) throws(ImageError) -> ImageHeader.Size {
        let isLittle = source.bytes(at: 0, count: 1) == [0x49]
        let isBig = try source.number(at: 2, bytes: 2, isLittleEndian: isLittle) == 43
        let directory = try source.number(at: isBig ? 8 : 4, bytes: isBig ? 8 : 4, isLittleEndian: isLittle)
        let entrySize = isBig ? 20 : 12
        let countSize = isBig ? 8 : 2
        let count = try source.number(at: directory, bytes: countSize, isLittleEndian: isLittle)
        guard count <= 1 << 16 else { throw ImageError(.corrupt("a directory of \(count) entries"), path: source.path) }
        var values: [Int: Int] = [:]
        for entry in 0..<count {
            // The directory lies in the file, as its count was read there, so this cannot overflow.
            let offset = directory + countSize + entry * entrySize
            let tag = try source.number(at: offset, bytes: 2, isLittleEndian: isLittle)
            guard [Tag.subfileType, Tag.width, Tag.height].contains(tag) else { continue }
            let type = try source.number(at: offset + 2, bytes: 2, isLittleEndian: isLittle)
            guard let size = [1: 1, 3: 2, 4: 4, 16: 8][type], isBig || size < 8 else {
                throw ImageError(.corrupt("its size is of type \(type)"), path: source.path)
            }
            values[tag] = try source.number(
                at: offset + (isBig ? 12 : 8), bytes: size, isLittleEndian: isLittle)
        }
        guard values[Tag.subfileType, default: 0] & 1 == 0 else {
            throw ImageError(.unsupported("a camera's raw file, which begins with a preview"), path: source.path)
        }
        guard let width = values[Tag.width], let height = values[Tag.height] else {
            throw ImageError(.corrupt("its first directory states no size"), path: source.path)
        }
        return (width, height)
    }
}
