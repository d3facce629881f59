/// Sizes in the headers of other formats than JPEG and PNG.
///
/// A file may hold any number anywhere: none is used as a place before it is seen to lie in the file.
enum ImageHeader {
    typealias Size = (width: Int, height: Int)

    /// The size of the stored picture, in pixels.
    ///
    /// - Throws: `ImageError` when the header is cut off, damaged or of a kind that is not known.
    static func size(of source: borrowing ImageSource, as format: ImageFileFormat) throws(ImageError) -> Size {
        switch format {
        case .bmp: try bmp(source)
        case .gif: (try source.number(at: 6, bytes: 2), try source.number(at: 8, bytes: 2))
        case .webp: try WebPFile(source).size
        case .tiff: try TIFFHeader(source).size
        case .heif: try HEIFHeader.size(of: source)
        case .jpeg2000: try jpeg2000(source)
        case .jpeg, .png: throw ImageError(.unsupported("its header is read elsewhere"), path: source.path)
        }
    }

    private static func bmp(_ source: borrowing ImageSource) throws(ImageError) -> Size {
        // OS/2's header has short numbers; in all later ones a negative height says that the rows begin at the top.
        if try source.number(at: 14, bytes: 4) == 12 {
            return (try source.number(at: 18, bytes: 2), try source.number(at: 20, bytes: 2))
        }
        func signed(_ offset: Int) throws(ImageError) -> Int {
            Int(Int32(truncatingIfNeeded: try source.number(at: offset, bytes: 4)))
        }
        return (try signed(18), abs(try signed(22)))
    }

    private static func jpeg2000(_ source: borrowing ImageSource) throws(ImageError) -> Size {
        let whole = MediaBox(type: "", content: 0..<source.size)
        guard let header = try whole.child("jp2h", of: source), let size = try header.child("ihdr", of: source) else {
            throw ImageError(.corrupt("it has no image header"), path: source.path)
        }
        let start = size.content.lowerBound
        return (
            try source.number(at: start + 4, bytes: 4, isLittleEndian: false),
            try source.number(at: start, bytes: 4, isLittleEndian: false)
        )
    }
}

extension ImageSource {
    /// A number without sign.
    ///
    /// - Throws: `ImageError` of reason `truncated` when it does not lie in the file whole.
    func number(at offset: Int, bytes count: Int, isLittleEndian: Bool = true) throws(ImageError) -> Int {
        let bytes = bytes(at: offset, count: count)
        guard bytes.count == count else { throw ImageError(.truncated(rows: 0, height: 0), path: path) }
        let value = (isLittleEndian ? bytes.reversed() : bytes).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else {
            throw ImageError(.corrupt("a number in its header is \(value)"), path: path)
        }
        return number
    }
}
