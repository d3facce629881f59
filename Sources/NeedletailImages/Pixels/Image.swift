/// A picture in memory: 8-bit samples, row by row from the top, channels interleaved.
///
/// The bytes have the shape `[height, width, channels]` and no gaps. An image is a value: copies share
/// their bytes until one of them is changed.
public struct Image: Hashable, Sendable {
    /// Columns, at least 1.
    public let width: Int
    /// Rows, at least 1.
    public let height: Int
    public let format: PixelFormat
    /// All samples, `height * width * channels` bytes.
    public private(set) var bytes: [UInt8]

    /// An image over existing samples.
    ///
    /// - Precondition: Both sides are positive and `bytes.count == width * height * format.channels`.
    public init(width: Int, height: Int, format: PixelFormat = .rgb, bytes: [UInt8]) {
        precondition(width > 0 && height > 0, "an image needs pixels, not \(width)x\(height)")
        precondition(
            bytes.count == width * height * format.channels,
            "\(bytes.count) bytes for \(width)x\(height) pixels of \(format.channels) channels")
        self.width = width
        self.height = height
        self.format = format
        self.bytes = bytes
    }

    /// An image of one colour; black and, in `.rgba`, opaque unless told otherwise.
    public init(width: Int, height: Int, format: PixelFormat = .rgb, filledWith color: Color = .black) {
        let count = width * height
        let pixel: [UInt8] =
            switch format {
            case .gray: [color.luma]
            case .rgb: [color.red, color.green, color.blue]
            case .rgba: [color.red, color.green, color.blue, 255]
            }
        let bytes = [UInt8](unsafeUninitializedCapacity: count * pixel.count) { buffer, initialized in
            for i in 0..<count {
                for c in pixel.indices { buffer[i * pixel.count + c] = pixel[c] }
            }
            initialized = count * pixel.count
        }
        self.init(width: width, height: height, format: format, bytes: bytes)
    }

    /// Bytes a pixel: 1, 3 or 4.
    public var channels: Int { format.channels }

    /// Bytes a row.
    public var rowStride: Int { width * channels }

    /// One sample. For loops over many, use `withUnsafeBytes`.
    public subscript(row row: Int, column column: Int, channel channel: Int = 0) -> UInt8 {
        get { bytes[index(row, column, channel)] }
        set { bytes[index(row, column, channel)] = newValue }
    }

    private func index(_ row: Int, _ column: Int, _ channel: Int) -> Int {
        precondition(
            row >= 0 && row < height && column >= 0 && column < width && channel >= 0 && channel < channels,
            "no sample (\(row), \(column), \(channel)) in \(height)x\(width)x\(channels)")
        return (row * width + column) * channels + channel
    }

    /// Calls `body` with all samples, for reading.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer(body)
    }

    /// Calls `body` with all samples, for changing them in place.
    public mutating func withUnsafeMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(Failure) -> Result in try body(buffer) }
    }

    /// Calls `body` with the samples of one row, for reading.
    @inlinable
    public func withUnsafeRow<Result, Failure: Error>(
        _ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < height, "no row \(row) in \(height)")
        return try bytes.withUnsafeBufferPointer { (all) throws(Failure) -> Result in
            try body(UnsafeBufferPointer(rebasing: all[row * rowStride..<(row + 1) * rowStride]))
        }
    }
}
