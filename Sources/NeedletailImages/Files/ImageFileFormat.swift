/// The file formats that can be read and written, told apart by their first bytes, never by file name.
public enum ImageFileFormat: String, Hashable, Sendable, CaseIterable {
    case jpeg
    case png

    /// The format of a file that begins with `bytes`.
    ///
    /// - Throws: `ImageError` of reason `empty`, `truncated` or `unrecognized`, which names other well-known
    ///   formats and what to do about them.
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
        } else {
            throw ImageError(.unrecognized(Self.otherKind(bytes)), path: path)
        }
    }

    private static func otherKind(_ bytes: [UInt8]) -> String? {
        func has(_ text: String, at offset: Int = 0) -> Bool {
            bytes.dropFirst(offset).starts(with: text.utf8)
        }
        let convert = "convert it to JPEG or PNG"
        if has("GIF8") { return "a GIF; \(convert)" }
        if has("BM") { return "a BMP; \(convert)" }
        if has("RIFF") && has("WEBP", at: 8) { return "a WebP; \(convert)" }
        if has("II*\0") || has("MM\0*") { return "a TIFF or a camera's raw file; \(convert)" }
        if has("ftyp", at: 4) {
            if has("avif", at: 8) { return "an AVIF; \(convert)" }
            if has("hei", at: 8) || has("mif1", at: 8) { return "a HEIC; \(convert)" }
            return "a video; extract its frames first"
        }
        if has("\0\0\0\u{0C}jP  ") { return "a JPEG 2000; \(convert)" }
        if has("version https://git-lfs") { return "a Git LFS pointer; fetch the picture with `git lfs pull`" }
        if has("<") { return "a web page or XML text; the download probably failed" }
        if has("{") || has("[") { return "JSON text" }
        if has("\u{7F}ELF") { return "a program" }
        if has("PK\u{3}\u{4}") { return "a ZIP archive; unpack it first" }
        if bytes.prefix(64).allSatisfy({ $0 == 0 }) { return "a run of zero bytes; copy or download it again" }
        return nil
    }
}
