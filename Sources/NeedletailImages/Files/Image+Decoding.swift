import CImageCodecs
import NeedletailPlatform

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
        /// black (others).
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

    /// Decodes a JPEG, PNG, WebP, BMP, TIFF or GIF file; which of them is found from its content.
    ///
    /// The result is what Pillow's `open(path).convert("RGB")` gives: opacity is left out and not blended,
    /// 16-bit samples keep their high byte (of 16-bit grey too, where Pillow clips; in TIFF colours are rounded), gamma and
    /// colour profiles are not applied, CMYK and YCCK are taken as Adobe's inverted inks. Of several pages or frames the
    /// first one is read. May run on any number of threads at once.
    ///
    /// - Throws: `ImageError`, which names the file and what to do.
    public init(contentsOf path: String, options: DecodingOptions = .init()) throws(ImageError) {
        try self.init(ImageSource(path: path), options)
    }

    /// Decodes such a file in memory.
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
        if format != .jpeg, format != .png {
            try Self.check(width: information.storedWidth, height: information.storedHeight, options, path)
        }
        var frame: WebPFile.Frame?
        if format == .webp { frame = try WebPFile(source).firstFrame }
        let data: [UInt8]
        if let frame { data = WebPFile.file(of: frame, in: source) } else { data = try source.all() }
        var decoded = try data.withUnsafeBufferPointer { (data) throws(ImageError) -> Image in
            switch format {
            case .png: return try Self.decodePNG(data, options, path)
            case .jpeg: return try Self.decodeJPEG(data, options, information, path)
            default: return try Self.decodeOther(data, format, frame, options, information, path)
            }
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

    private static func decodeOther(
        _ data: UnsafeBufferPointer<UInt8>, _ format: ImageFileFormat, _ frame: WebPFile.Frame?,
        _ options: DecodingOptions, _ information: ImageInformation, _ path: String?
    ) throws(ImageError) -> Image {
        let (width, height) = (information.storedWidth, information.storedHeight)
        switch format {
        case .bmp:
            return try BMPDecoder(data, width: width, height: height, path: path)
                .decode(acceptsTruncated: options.acceptsTruncated)
        case .gif:
            var decoder = GIFDecoder(data, width: width, height: height, path: path)
            return try decoder.decode(acceptsTruncated: options.acceptsTruncated)
        default: break
        }
        let size: ImageHeader.Size = frame?.size ?? (width, height)
        try check(width: size.width, height: size.height, options, path)
        let channels: PixelFormat = options.format == .rgba ? .rgba : .rgb
        let decode = format == .webp ? nic_webp_decode : nic_tiff_decode
        let picture = try self.decode(
            width: UInt32(size.width), height: UInt32(size.height), channels, options, path
        ) { pixels in
            decode(
                data.baseAddress, data.count, UInt32(size.width), UInt32(size.height), pixels,
                Int32(channels.channels), options.acceptsTruncated)
        }
        guard let frame, (frame.x, frame.y) != (0, 0) || size != (width, height) else { return picture }
        return picture.onCanvas(width: width, height: height, x: frame.x, y: frame.y)
    }

    /// The picture on a larger one without opacity, as far as it lies on it.
    private func onCanvas(width: Int, height: Int, x: Int, y: Int) -> Image {
        var bytes = [UInt8](repeating: 0, count: width * height * channels)
        let columns = min(self.width, width - x)
        let rows = min(self.height, height - y)
        // Hostile files put it beside the canvas.
        for row in 0..<(columns > 0 ? max(rows, 0) : 0) {
            let target = ((y + row) * width + x) * channels
            let start = row * rowStride
            bytes.replaceSubrange(
                target..<target + columns * channels, with: self.bytes[start..<start + columns * channels])
        }
        return Image(width: width, height: height, format: format, bytes: bytes)
    }

    /// - Throws: `ImageError` when there are more pixels than may be.
    private static func check(
        width: Int, height: Int, _ options: DecodingOptions, _ path: String?
    ) throws(ImageError) {
        let (count, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, count <= options.maximumPixels else {
            throw ImageError(.tooLarge(width: width, height: height, limit: options.maximumPixels), path: path)
        }
    }

    /// Allocates the output within the limit, lets `body` fill it and looks at its report.
    private static func decode(
        width: UInt32, height: UInt32, _ format: PixelFormat, _ options: DecodingOptions, _ path: String?,
        _ body: (UnsafeMutablePointer<UInt8>?) -> nic_report
    ) throws(ImageError) -> Image {
        let width = Int(width), height = Int(height)
        try check(width: width, height: height, options, path)
        let count = width * height * format.channels
        var report = nic_report()
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // Complete files fill the buffer; of others the rest must not be what lay in memory.
            preferHugePages(buffer)
            if options.acceptsTruncated { buffer.initialize(repeating: 0) }
            report = body(buffer.baseAddress)
            initialized = report.status == NIC_OK ? count : 0
        }
        try check(report, height: height, options, path)
        return Image(width: width, height: height, format: format, bytes: bytes)
    }

    /// A photograph of 12 megapixels has nine thousand pages, and the system stops the program at each when it is first written
    /// to; a huge page is 512 of those.
    private static func preferHugePages(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        #if os(Linux)
            let size = 1 << 21
            guard buffer.count >= 4 * size, let base = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
            let start = base.alignedUp(toMultipleOf: size)
            // Where there are none, the pages are as before.
            madvise(start, (base + buffer.count).alignedDown(toMultipleOf: size) - start, MADV_HUGEPAGE)
        #endif
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
        case NIC_UNAVAILABLE:
            throw ImageError(.unavailable(text(report.message)), path: path)
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
