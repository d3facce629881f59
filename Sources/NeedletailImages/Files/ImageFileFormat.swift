/// The file formats of pictures, told apart by their first bytes, never by file name.
///
/// JPEG and PNG are read and written, WebP, BMP, TIFF and GIF read; of the others the size is known, and nothing else.
public enum ImageFileFormat: String, Hashable, Sendable, Codable, CaseIterable {
    case jpeg
    case png
    case bmp
    case gif
    case tiff
    case webp
    /// HEIC, HEIF and AVIF, which are one kind of container.
    case heif
    case jpeg2000

    /// Whether the pixels can be read.
    public var isDecoded: Bool { self != .heif && self != .jpeg2000 }

    /// Those whose pixels can be read, in words.
    package static let decodedNames = "JPEG, PNG, WebP, BMP, TIFF or GIF"

    /// The format of a file that begins with `bytes`.
    ///
    /// - Throws: `ImageError` of reason `empty`, `truncated` or `unrecognized`, which names well-known files of another
    ///   kind and what to do about them.
    init(signature bytes: some Collection<UInt8>, path: String?) throws(ImageError) {
        let bytes = Array(bytes.prefix(64))
        guard !bytes.isEmpty else { throw ImageError(.empty, path: path) }
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF]
        if bytes.starts(with: png) {
            self = .png
        } else if bytes.starts(with: jpeg) {
            self = .jpeg
        } else if png.starts(with: bytes) || jpeg.starts(with: bytes) {
            throw ImageError(.truncated(rows: 0, height: 0), path: path)
        } else if let other = Self.other(bytes) {
            self = other
        } else {
            throw ImageError(.unrecognized(Self.otherKind(bytes)), path: path)
        }
    }

    private static func has(_ text: String, in bytes: [UInt8], at offset: Int = 0) -> Bool {
        bytes.dropFirst(offset).starts(with: text.utf8)
    }

    private static func other(_ bytes: [UInt8]) -> ImageFileFormat? {
        if has("GIF8", in: bytes) { return .gif }
        if has("BM", in: bytes) { return .bmp }
        if has("RIFF", in: bytes), has("WEBP", in: bytes, at: 8) { return .webp }
        if ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains(where: { has($0, in: bytes) }) { return .tiff }
        if has("ftyp", in: bytes, at: 4),
            ["avi", "hei", "hev", "mif1", "msf1"].contains(where: { has($0, in: bytes, at: 8) })
        {
            return .heif
        }
        return has("\0\0\0\u{0C}jP  ", in: bytes) ? .jpeg2000 : nil
    }

    private static func otherKind(_ bytes: [UInt8]) -> String? {
        if has("ftyp", in: bytes, at: 4) { return "a video; extract its frames first" }
        if has("version https://git-lfs", in: bytes) {
            return "a Git LFS pointer; fetch the picture with `git lfs pull`"
        }
        if has("<", in: bytes) { return "a web page or XML text; the download probably failed" }
        if has("{", in: bytes) || has("[", in: bytes) { return "JSON text" }
        if has("\u{7F}ELF", in: bytes) { return "a program" }
        if has("PK\u{3}\u{4}", in: bytes) { return "a ZIP archive; unpack it first" }
        if bytes.allSatisfy({ $0 == 0 }) { return "a run of zero bytes; copy or download it again" }
        return nil
    }

    /// Why the pixels of a file cannot be read; nil when they can.
    package func refusal(of path: String?) -> ImageError? {
        guard !isDecoded else { return nil }
        let name = self == .heif ? "a HEIC or AVIF" : "a JPEG 2000"
        return ImageError(.unrecognized("\(name); convert it to JPEG or PNG"), path: path)
    }
}
