import CImageCodecs

extension Image {
    /// How a file is turned into an image.
    public struct DecodingOptions: Hashable, Sendable {
        /// The format of the result, whatever the file stores.
        public var format: PixelFormat
        /// Whether EXIF's orientation is applied. Boxes drawn in most annotation tools refer to the upright
        /// picture; COCO's own refer to the stored pixels.
        public var appliesOrientation: Bool
        /// When set, a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, as long as neither side of the
        /// result (after orientation) becomes smaller than this. Much faster for large photographs.
        public var minimumSize: Size?
        /// Files with more pixels are refused before memory is allocated. 2²⁸ unless told otherwise.
        public var maximumPixels: Int
        /// Whether a file that ends early is decoded as far as it goes. What is missing is grey (JPEG) or
        /// black (PNG).
        public var acceptsTruncated: Bool
        /// Whether damage that the codecs can work around is an error of reason `corrupt`.
        public var isStrict: Bool

        public init(
            format: PixelFormat = .rgb, appliesOrientation: Bool = true, minimumSize: Size? = nil,
            maximumPixels: Int = 1 << 28, acceptsTruncated: Bool = false, isStrict: Bool = false
        ) {
            self.format = format
            self.appliesOrientation = appliesOrientation
            self.minimumSize = minimumSize
            self.maximumPixels = maximumPixels
            self.acceptsTruncated = acceptsTruncated
            self.isStrict = isStrict
        }
    }

    /// A width and a height in pixels.
    public struct Size: Hashable, Sendable {
        public var width: Int
        public var height: Int

        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// Decodes a JPEG or PNG file; which of the two is found from its content.
    ///
    /// The result is what Pillow's `open(path).convert("RGB")` gives: opacity is left out and not blended,
    /// 16-bit samples keep their high byte (of 16-bit grey too, where Pillow clips), gamma and colour
    /// profiles are not applied, CMYK and YCCK are taken as Adobe's inverted inks. May run on any number of
    /// threads at once.
    ///
    /// - Throws: `ImageError`, which names the file and what to do.
    public init(contentsOf path: String, options: DecodingOptions = .init()) throws(ImageError) {
        try self.init(ImageSource(path: path), options)
    }

    /// Decodes a JPEG or PNG file in memory.
    ///
    /// - Throws: `ImageError` without a path.
    public init(bytes: [UInt8], options: DecodingOptions = .init()) throws(ImageError) {
        try self.init(ImageSource(bytes), options)
    }

    private init(_ source: borrowing ImageSource, _ options: DecodingOptions) throws(ImageError) {
        let path = source.path
        let format = try ImageFileFormat(signature: source.bytes(at: 0, count: 64), path: path)
        if let refusal = format.refusal(of: path) { throw refusal }
        let information = try ImageInformation(source)
        let data = try source.all()
        var decoded = try data.withUnsafeBufferPointer { (data) throws(ImageError) -> Image in
            format == .png
                ? try Self.decodePNG(data, options, path) : try Self.decodeJPEG(data, options, information, path)
        }
        if options.appliesOrientation { decoded = decoded.applying(information.orientation) }
        self = decoded.converted(to: options.format)
    }

    private static func decodeJPEG(
        _ data: UnsafeBufferPointer<UInt8>, _ options: DecodingOptions, _ information: ImageInformation, _ path: String?
    ) throws(ImageError) -> Image {
        guard let reader = nic_jpeg_reader_create(data.baseAddress, data.count) else {
            throw ImageError(.outOfMemory, path: path)
        }
        defer { nic_jpeg_reader_destroy(reader) }
        var width: UInt32 = 0, height: UInt32 = 0, components: Int32 = 0
        try check(nic_jpeg_read_header(reader, &width, &height, &components), height: 0, options, path)
        let eighths = reduction(options, width: Int(width), height: Int(height), information.orientation)
        // Grey is asked for only where it is stored, so that it has one definition for all files.
        let format: PixelFormat = options.format == .gray && components != 1 ? .rgb : options.format
        let prepared = nic_jpeg_prepare(reader, eighths, Int32(format.channels), &width, &height)
        try check(prepared, height: 0, options, path)
        return try decode(width: width, height: height, format, options, path) {
            nic_jpeg_decode(reader, $0, options.acceptsTruncated)
        }
    }

    private static func decodePNG(
        _ data: UnsafeBufferPointer<UInt8>, _ options: DecodingOptions, _ path: String?
    ) throws(ImageError) -> Image {
        guard let reader = nic_png_reader_create(data.baseAddress, data.count) else {
            throw ImageError(.outOfMemory, path: path)
        }
        defer { nic_png_reader_destroy(reader) }
        var width: UInt32 = 0, height: UInt32 = 0, isGray = false
        try check(nic_png_read_header(reader, &width, &height, &isGray), height: 0, options, path)
        let format: PixelFormat = options.format == .gray && !isGray ? .rgb : options.format
        return try decode(width: width, height: height, format, options, path) {
            nic_png_decode(reader, $0, Int32(format.channels), options.acceptsTruncated)
        }
    }

    /// Allocates the output within the limit, lets `body` fill it and looks at its report.
    private static func decode(
        width: UInt32, height: UInt32, _ format: PixelFormat, _ options: DecodingOptions, _ path: String?,
        _ body: (UnsafeMutablePointer<UInt8>?) -> nic_report
    ) throws(ImageError) -> Image {
        let width = Int(width), height = Int(height)
        guard width * height <= options.maximumPixels else {
            throw ImageError(.tooLarge(width: width, height: height, limit: options.maximumPixels), path: path)
        }
        let count = width * height * format.channels
        var report = nic_report()
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // Complete files fill the buffer; of others the rest must not be what lay in memory.
            if options.acceptsTruncated { buffer.initialize(repeating: 0) }
            report = body(buffer.baseAddress)
            initialized = report.status == NIC_OK ? count : 0
        }
        try check(report, height: height, options, path)
        return Image(width: width, height: height, format: format, bytes: bytes)
    }

    /// The smallest of 1, 2, 4 and 8 eighths that keeps both sides at least as large as asked for.
    private static func reduction(
        _ options: DecodingOptions, width: Int, height: Int, _ orientation: ImageOrientation
    ) -> Int32 {
        guard let least = options.minimumSize else { return 8 }
        let isTurned = options.appliesOrientation && orientation.swapsSides
        let leastWidth = isTurned ? least.height : least.width
        let leastHeight = isTurned ? least.width : least.height
        for eighths in [1, 2, 4]
        where (width * eighths + 7) / 8 >= leastWidth && (height * eighths + 7) / 8 >= leastHeight {
            return Int32(eighths)
        }
        return 8
    }

    private static func check(
        _ report: nic_report, height: Int, _ options: DecodingOptions, _ path: String?
    ) throws(ImageError) {
        switch report.status {
        case NIC_OK:
            if options.isStrict && report.warnings > 0 {
                throw ImageError(.corrupt(text(report.warning)), path: path)
            }
        case NIC_TRUNCATED:
            throw ImageError(.truncated(rows: Int(report.rows), height: height), path: path)
        case NIC_UNSUPPORTED:
            throw ImageError(.unsupported(text(report.message)), path: path)
        case NIC_OUT_OF_MEMORY:
            throw ImageError(.outOfMemory, path: path)
        default:
            throw ImageError(.corrupt(text(report.message)), path: path)
        }
    }

    static func text<Characters>(_ characters: Characters) -> String {
        Swift.withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
