import NeedletailDatasets
import NeedletailSystem

/// What a file is that no reader here takes: an archive, a picture, the file of another tool.
///
/// It is told by the first bytes, whatever the name; by the name alone only where a kind has no mark of its own.
struct ForeignContent {
    let name: String
    let remedy: Remedy

    /// - Throws: ``AnnotationError`` that says what the file is and what helps.
    static func check(_ source: ByteSource) throws(AnnotationError) {
        guard let content = ForeignContent(source.text, path: source.path) else { return }
        throw AnnotationError(
            .notFound, file: source.path, problem: "this is \(content.name), not a dataset's annotations",
            remedy: content.remedy)
    }

    /// Whether an archive is none of a program's own kind, as files of weights and workbooks are.
    static func isPlainArchive(_ bytes: UnsafeBufferPointer<UInt8>, path: String) -> Bool {
        let head = Array(bytes.prefix(1024))
        return zip(head, path).map { $0.name == zipName } ?? !isNamedAsWeights(path)
    }

    private static let zipName = "a ZIP archive"

    private init(_ name: String, _ remedy: Remedy) {
        self.name = name
        self.remedy = remedy
    }

    /// Nil for text, and for what is not known.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, path: String) {
        let head = Array(bytes.prefix(1024))
        guard
            let found = Self.zip(head, path) ?? Self.pickle(head, path) ?? Self.marked(head) ?? Self.tape(head)
                ?? Self.measured(bytes, path) ?? Self.page(head)
        else {
            return nil
        }
        self = found
    }

    // MARK: What helps

    private static func unpacking(_ command: String, _ path: String) -> Remedy {
        "Give the archive itself, or the folder or file that comes out of `\(command) \(path)`"
    }

    private static let picture: Remedy = """
        Give the file or the folder of the annotations; the folder of the pictures goes with \(setting: .imageFolder)
        """
    private static let video: Remedy = "Cut the video into pictures, and give the annotations of those"
    static let export: Remedy = """
        Export or convert the annotations to COCO JSON, Pascal VOC or YOLO, for example with the tool that made them, \
        and give those; \
        \(verb: .listFormats) names all formats that are read
        """
    private static let writing: Remedy = """
        Write what it holds as COCO JSON or as a CSV table with the program that made it, and give that; \
        \(verb: .listFormats) names all formats that are read
        """
    private static let weights: Remedy = "Give the dataset; weights are an argument of their own"

    // MARK: Marks

    private static func zip(_ head: [UInt8], _ path: String) -> ForeignContent? {
        guard head.starts(with: [0x50, 0x4B, 0x03, 0x04]) || head.starts(with: [0x50, 0x4B, 0x05, 0x06]) else {
            return nil
        }
        // The name of the first entry stands behind 30 bytes.
        let first = String(decoding: head.dropFirst(30).prefix(64), as: UTF8.self)
        let name = path.lowercased()
        if first.contains("/data.pkl") || isNamedAsWeights(path) {
            return ForeignContent("a file of weights (PyTorch)", weights)
        }
        if name.hasSuffix(".npz") || first.contains(".npy") {
            return ForeignContent("NumPy's archive of arrays", writing)
        }
        if name.hasSuffix(".xlsx") || first.hasPrefix("[Content_Types].xml") {
            return ForeignContent("an Excel workbook", "Save the sheet as CSV, and give that")
        }
        return ForeignContent(zipName, unpacking("unzip", path))
    }

    private static func pickle(_ head: [UInt8], _ path: String) -> ForeignContent? {
        guard head.count > 2, head[0] == 0x80, (2...5).contains(head[1]) else { return nil }
        return isNamedAsWeights(path)
            ? ForeignContent("a file of weights (PyTorch)", weights) : ForeignContent("a pickle of Python", writing)
    }

    private static func isNamedAsWeights(_ path: String) -> Bool {
        [".pth", ".pt"].contains { path.lowercased().hasSuffix($0) }
    }

    /// What a mark stands for, and how many bytes are before it.
    private struct Mark {
        let offset: Int
        let bytes: [UInt8]
        let content: ForeignContent

        init(_ bytes: [UInt8], at offset: Int = 0, _ name: String, _ remedy: Remedy) {
            self.offset = offset
            self.bytes = bytes
            content = ForeignContent(name, remedy)
        }

        init(_ text: String, at offset: Int = 0, _ name: String, _ remedy: Remedy) {
            self.init(Array(text.utf8), at: offset, name, remedy)
        }
    }

    private static let marks: [Mark] = [
        Mark(
            [0x1F, 0x8B], "a file packed with gzip", "Unpack it with `gzip -d`, or with `tar -xzf` if it is a folder"),
        Mark("BZh", "a file packed with bzip2", "Unpack it with `bzip2 -d`, and give what comes out"),
        Mark(
            [0xFD, 0x37, 0x7A, 0x58, 0x5A], "a file packed with xz", "Unpack it with `xz -d`, and give what comes out"),
        Mark([0x28, 0xB5, 0x2F, 0xFD], "a file packed with zstd", "Unpack it with `zstd -d`, and give what comes out"),
        Mark([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "Unpack it with `7z x`, and give the folder"),
        Mark("Rar!", "a RAR archive", "Unpack it with `unrar x`, and give the folder"),
        Mark([0xFF, 0xD8, 0xFF], "a picture (JPEG)", picture),
        Mark([0x89, 0x50, 0x4E, 0x47], "a picture (PNG)", picture),
        Mark("GIF8", "a picture (GIF)", picture),
        Mark("WEBP", at: 8, "a picture (WebP)", picture),
        Mark([0x49, 0x49, 0x2A, 0x00], "a picture (TIFF)", picture),
        Mark([0x4D, 0x4D, 0x00, 0x2A], "a picture (TIFF)", picture),
        Mark("ftypheic", at: 4, "a picture (HEIC)", picture),
        Mark("ftypavif", at: 4, "a picture (AVIF)", picture),
        Mark("ftyp", at: 4, "a video (MP4)", video),
        Mark("AVI ", at: 8, "a video (AVI)", video),
        Mark([0x1A, 0x45, 0xDF, 0xA3], "a video (Matroska)", video),
        Mark([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A], "an HDF5 file", writing),
        Mark([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "an array of NumPy", writing),
        Mark("MATLAB 5.0 MAT-file", "a MATLAB file", writing),
        Mark("SQLite format 3", "an SQLite database", writing),
        Mark("PAR1", "a Parquet table", writing),
        Mark("ARROW1", "an Arrow table", writing),
        Mark([0xDE, 0xC0, 0xEF, 0xBE], at: 16, "an LMDB database", writing),
        Mark("%PDF-", "a PDF document", export),
    ]

    private static func marked(_ head: [UInt8]) -> ForeignContent? {
        marks.first { head.dropFirst($0.offset).starts(with: $0.bytes) }?.content
    }

    /// A tape archive has its mark behind the first entry's name.
    private static func tape(_ head: [UInt8]) -> ForeignContent? {
        guard head.dropFirst(257).starts(with: "ustar".utf8) else { return nil }
        return ForeignContent("a tape archive (tar)", "Unpack it with `tar -xf`, and give the folder that comes out")
    }

    /// Kinds without a mark: their first numbers have to fit the file.
    ///
    /// Safetensors begins with the length of its header, which is an object, ONNX with its version and the name of a program.
    private static func measured(_ bytes: UnsafeBufferPointer<UInt8>, _ path: String) -> ForeignContent? {
        guard bytes.count >= 17 else { return nil }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
        }
        if bytes.starts(with: "BM".utf8), number(2, 4) == bytes.count {
            return ForeignContent("a picture (BMP)", picture)
        }
        if bytes[0] == 0x08, (1...32).contains(bytes[1]), bytes[2] == 0x12, Int(bytes[3]) + 4 < bytes.count {
            return ForeignContent("a network (ONNX)", weights)
        }
        guard bytes.prefix(12).contains(0) else { return nil }
        let length = number(0, 8)
        if length > 0, length <= UInt64(bytes.count - 8), bytes[8] == UInt8(ascii: "{") {
            return ForeignContent("a file of weights (safetensors)", weights)
        }
        return nil
    }

    /// What a server sends when it does not send the file.
    private static func page(_ head: [UInt8]) -> ForeignContent? {
        let text = String(decoding: head.drop { $0 <= 0x20 || $0 >= 0x80 }.prefix(15), as: UTF8.self).lowercased()
        guard text.hasPrefix("<!doctype html") || text.hasPrefix("<html") else { return nil }
        return ForeignContent("a page of the web", "It was downloaded in the place of the file; download it again")
    }
}
