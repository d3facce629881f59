/// What the chunks of a WebP file say (RIFF, as Google's container specification has them).
struct WebPFile {
    /// The size of the picture, or of the canvas that pictures are laid on.
    let size: ImageHeader.Size
    private(set) var orientation = ImageOrientation.upright
    /// The first of several pictures that follow one another.
    private(set) var firstFrame: Frame?

    struct Frame {
        var x: Int
        var y: Int
        var size: ImageHeader.Size
        /// The bytes of its chunks.
        var content: Range<Int>
    }

    private struct Chunk {
        var name: [UInt8]
        var content: Range<Int>
    }

    /// - Throws: `ImageError` when the header is cut off, damaged or of a kind that is not known.
    init(_ source: borrowing ImageSource) throws(ImageError) {
        let chunk = source.bytes(at: 12, count: 4)
        switch String(validating: chunk, as: UTF8.self) {
        case "VP8 ":
            size = try Self.lossy(source, at: 20)
            return
        case "VP8L":
            size = try Self.lossless(source, at: 20)
            return
        case "VP8X": size = (try source.number(at: 24, bytes: 3) + 1, try source.number(at: 27, bytes: 3) + 1)
        default:
            throw ImageError(
                chunk.count < 4 ? .truncated(rows: 0, height: 0) : .corrupt("its first chunk is none of WebP's"),
                path: source.path)
        }
        let flags = try source.number(at: 20, bytes: 1)
        let (hasEXIF, isAnimated) = (flags & 0x08 != 0, flags & 0x02 != 0)
        guard hasEXIF || isAnimated else { return }
        var offset = 12
        while let chunk = Self.chunk(source, at: offset), offset < source.size {
            if isAnimated, firstFrame == nil, chunk.name == Array("ANMF".utf8), chunk.content.count >= 16 {
                let start = chunk.content.lowerBound
                firstFrame = Frame(
                    x: try source.number(at: start, bytes: 3) * 2, y: try source.number(at: start + 3, bytes: 3) * 2,
                    size: (
                        try source.number(at: start + 6, bytes: 3) + 1, try source.number(at: start + 9, bytes: 3) + 1
                    ), content: start + 16..<chunk.content.upperBound)
                if !hasEXIF { return }
            }
            if hasEXIF, chunk.name == Array("EXIF".utf8) {
                var exif = source.bytes(at: chunk.content.lowerBound, count: min(chunk.content.count, 1 << 20))[...]
                if exif.starts(with: "Exif\0\0".utf8) { exif = exif.dropFirst(6) }
                orientation = ImageOrientation(exif: exif) ?? .upright
                return
            }
            offset = chunk.content.upperBound + chunk.content.count % 2
        }
    }

    private static func chunk(_ source: borrowing ImageSource, at offset: Int) -> Chunk? {
        let head = source.bytes(at: offset, count: 8)
        guard head.count == 8 else { return nil }
        let count = (0..<4).reduce(0) { $0 | Int(head[4 + $1]) << (8 * $1) }
        return Chunk(
            name: Array(head[..<4]), content: offset + 8..<min(offset + 8 + count, max(source.size, offset + 8)))
    }

    private static func lossy(
        _ source: borrowing ImageSource, at start: Int
    ) throws(ImageError) -> ImageHeader.Size {
        guard source.bytes(at: start + 3, count: 3) == [0x9D, 0x01, 0x2A] else {
            throw ImageError(
                source.size < start + 10
                    ? .truncated(rows: 0, height: 0) : .corrupt("its first frame has no start code"),
                path: source.path)
        }
        return (
            try source.number(at: start + 6, bytes: 2) & 0x3FFF, try source.number(at: start + 8, bytes: 2) & 0x3FFF
        )
    }

    private static func lossless(
        _ source: borrowing ImageSource, at start: Int
    ) throws(ImageError) -> ImageHeader.Size {
        let bits = try source.number(at: start + 1, bytes: 4)
        return (bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
    }

    /// A file of one picture alone, made of the chunks of a frame.
    static func file(of frame: Frame, in source: borrowing ImageSource) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var chunks: [UInt8] = []
        var hasOpacity = false
        var offset = frame.content.lowerBound
        while offset < frame.content.upperBound, let chunk = chunk(source, at: offset) {
            let end = min(chunk.content.upperBound + chunk.content.count % 2, frame.content.upperBound)
            if ["ALPH", "VP8 ", "VP8L"].contains(where: { Array($0.utf8) == chunk.name }) {
                if chunk.name == Array("ALPH".utf8) { hasOpacity = true }
                chunks += source.bytes(at: offset, count: end - offset)
            }
            offset = max(end, offset + 8)
        }
        var head: [UInt8] = []
        if hasOpacity {
            head = Array("VP8X".utf8) + little(10, 4) + little(0x10, 4)
            head += little(frame.size.width - 1, 3) + little(frame.size.height - 1, 3)
        }
        return Array("RIFF".utf8) + little(4 + head.count + chunks.count, 4) + Array("WEBP".utf8) + head + chunks
    }
}
