/// What a file's header says of its picture, read without decoding it.
///
/// A few kilobytes are read at most, so looking at every file of a dataset is cheap. The rest of the file
/// may still be damaged or missing: only decoding tells.
public struct ImageInformation: Hashable, Sendable, Codable {
    public var format: ImageFileFormat
    /// Columns as stored, before the orientation is applied.
    public var storedWidth: Int
    /// Rows as stored, before the orientation is applied.
    public var storedHeight: Int
    /// EXIF's orientation; `upright` where the file has none.
    public var orientation: ImageOrientation
    /// Colour components of a stored pixel, opacity included: 1 to 4 (a palette counts as 1).
    public var components: Int
    /// Whether the picture is stored as brightness alone, with opacity or without.
    public var isGray: Bool
    /// Bits of a stored component: 8 for most JPEG files, 1 to 16 for PNG. Of other formats neither this nor
    /// ``components`` is looked for, and both are 0.
    public var bitsPerComponent: Int
    /// Whether the file holds several pictures, pages or frames, of which the first one is read.
    public var holdsSeveral = false

    /// Columns of the upright picture.
    public var width: Int { orientation.swapsSides ? storedHeight : storedWidth }
    /// Rows of the upright picture.
    public var height: Int { orientation.swapsSides ? storedWidth : storedHeight }

    /// Reads the header of a file.
    ///
    /// - Throws: `ImageError` when the file is missing, no picture of a known format, or its header is damaged or cut off.
    public init(contentsOf path: String) throws(ImageError) {
        try self.init(ImageSource(path: path))
    }

    /// Reads the header of a file in memory.
    public init(bytes: [UInt8]) throws(ImageError) {
        try self.init(ImageSource(bytes))
    }

    init(_ source: borrowing ImageSource) throws(ImageError) {
        do throws(ImageError) {
            try self.init(header: source)
        } catch {
            try source.requireRead()
            throw error
        }
        try source.requireRead()
    }

    private init(header source: borrowing ImageSource) throws(ImageError) {
        let format = try ImageFileFormat(signature: source.bytes(at: 0, count: 64), path: source.path)
        switch format {
        case .jpeg: self = try Self.jpeg(source)
        case .png: self = try Self.png(source)
        case .tiff:
            let header = try TIFFHeader(source)
            try self.init(format, header.size, path: source.path)
            orientation = header.orientation
            holdsSeveral = header.holdsSeveral
        case .webp:
            let file = try WebPFile(source)
            try self.init(format, file.size, path: source.path)
            orientation = file.orientation
            holdsSeveral = file.firstFrame != nil
        case .gif:
            try self.init(format, ImageHeader.size(of: source, as: format), path: source.path)
            // Those that move say near their beginning how often.
            let head = source.bytes(at: 13, count: 1024)
            holdsSeveral = head.indices.contains { head[$0...].starts(with: "NETSCAPE2.0".utf8) }
        default: try self.init(format, ImageHeader.size(of: source, as: format), path: source.path)
        }
    }

    private init(_ format: ImageFileFormat, _ size: ImageHeader.Size, path: String?) throws(ImageError) {
        try self.init(format, width: size.width, height: size.height, components: 0, bits: 0, path: path)
    }

    private init(
        _ format: ImageFileFormat, width: Int, height: Int, components: Int, bits: Int, path: String?
    ) throws(ImageError) {
        guard (1..<1 << 31).contains(width), (1..<1 << 31).contains(height) else {
            throw ImageError(.corrupt("its size is \(width)x\(height)"), path: path)
        }
        self.format = format
        storedWidth = width
        storedHeight = height
        orientation = .upright
        self.components = components
        isGray = format == .jpeg && components == 1
        bitsPerComponent = bits
    }

    /// Parts of a file that are looked at for what its header says.
    private static let mostSteps = 1 << 18

    /// Walks the marker segments up to the start of the first scan.
    private static func jpeg(_ source: borrowing ImageSource) throws(ImageError) -> ImageInformation {
        var offset = 2
        var found: ImageInformation?
        var orientation: ImageOrientation?
        var steps = 0
        while true {
            steps += 1
            guard steps <= Self.mostSteps else {
                throw ImageError(.corrupt("its header has more than \(Self.mostSteps) parts"), path: source.path)
            }
            let head = source.bytes(at: offset, count: 4)
            if head.first == 0xFF, head.count > 1, head[1] == 0xFF {
                // Markers may be preceded by any number of fill bytes.
                let fill = source.bytes(at: offset, count: 4096)
                offset += max((fill.firstIndex { $0 != 0xFF } ?? fill.count) - 1, 1)
                continue
            }
            guard head.count == 4 else { throw ImageError(.truncated(rows: 0, height: 0), path: source.path) }
            guard head[0] == 0xFF else {
                // Garbage between segments is skipped, as libjpeg does.
                let garbage = source.bytes(at: offset, count: 4096)
                offset += garbage.firstIndex(of: 0xFF) ?? garbage.count
                continue
            }
            let marker = head[1]
            if marker == 0x01 || (0xD0...0xD7).contains(marker) {
                offset += 2
                continue
            }
            // The first scan or the end: nothing after it belongs to the header.
            if marker == 0xDA || marker == 0xD9 { break }
            let length = Int(head[2]) << 8 | Int(head[3])
            guard length >= 2 else { throw ImageError(.corrupt("a segment of \(length) bytes"), path: source.path) }
            let isFrame = (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
            if isFrame && found == nil {
                let frame = source.bytes(at: offset + 4, count: 6)
                guard frame.count == 6 else { throw ImageError(.truncated(rows: 0, height: 0), path: source.path) }
                found = try ImageInformation(
                    .jpeg, width: Int(frame[3]) << 8 | Int(frame[4]), height: Int(frame[1]) << 8 | Int(frame[2]),
                    components: Int(frame[5]), bits: Int(frame[0]), path: source.path)
            } else if marker == 0xE1 && orientation == nil {
                let segment = source.bytes(at: offset + 4, count: length - 2)
                if segment.starts(with: "Exif\0".utf8) {
                    orientation = ImageOrientation(exif: segment.dropFirst(6))
                }
            }
            offset += 2 + length
        }
        guard var information = found else { throw ImageError(.corrupt("it has no frame header"), path: source.path) }
        information.orientation = orientation ?? .upright
        return information
    }

    /// Reads `IHDR` and looks for `eXIf`, which some programs put after the picture.
    private static func png(_ source: borrowing ImageSource) throws(ImageError) -> ImageInformation {
        let header = source.bytes(at: 8, count: 25)
        guard header.count == 25 else { throw ImageError(.truncated(rows: 0, height: 0), path: source.path) }
        guard header[4..<8].elementsEqual("IHDR".utf8), bigEndian(header[0..<4]) == 13 else {
            throw ImageError(.corrupt("its first chunk is not IHDR"), path: source.path)
        }
        let colorType = header[17]
        let components: Int? =
            switch colorType {
            case 0, 3: 1
            case 2: 3
            case 4: 2
            case 6: 4
            default: nil
            }
        guard let components else { throw ImageError(.corrupt("colour type \(colorType)"), path: source.path) }
        var information = try ImageInformation(
            .png, width: bigEndian(header[8..<12]), height: bigEndian(header[12..<16]), components: components,
            bits: Int(header[16]), path: source.path)
        information.isGray = colorType == 0 || colorType == 4
        var offset = 33
        for _ in 0..<Self.mostSteps {
            let head = source.bytes(at: offset, count: 8)
            guard head.count == 8, !head[4...].elementsEqual("IEND".utf8) else { break }
            let length = bigEndian(head[0..<4])
            if head[4...].elementsEqual("eXIf".utf8) {
                let data = source.bytes(at: offset + 8, count: min(length, 1 << 20))
                information.orientation = ImageOrientation(exif: data[...]) ?? .upright
                break
            }
            offset += 12 + length
        }
        return information
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
