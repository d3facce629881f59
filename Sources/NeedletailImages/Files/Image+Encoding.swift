import CImageCodecs
import NeedletailSystem

extension Image {
    /// The image as a PNG file, losslessly.
    ///
    /// - Parameter compression: zlib's level, 1 (fast) to 9 (small); below 4 for photographs, from 4 on for drawings.
    /// - Throws: `ImageError` of reason `outOfMemory` or `unsupported`.
    public func pngBytes(compression: Int = 2) throws(ImageError) -> [UInt8] {
        try encoded { pixels, width, height, channels, data, size in
            nic_png_encode(pixels, width, height, channels, Int32(min(max(compression, 1), 9)), data, size)
        }
    }

    /// Writes the image as a PNG file, whole or not at all.
    ///
    /// - Throws: `ImageError` of reason `unwritable`, `outOfMemory` or `unsupported`. Then no file is left
    ///   behind, and one that stood there before is unchanged.
    public func writePNG(to path: String, compression: Int = 2) throws(ImageError) {
        try write(named(path) { () throws(ImageError) in try pngBytes(compression: compression) }, to: path)
    }

    /// The image as a baseline JPEG file. Opacity is left out.
    ///
    /// - Parameters:
    ///   - quality: 1 to 100, on libjpeg's scale.
    ///   - subsamplesChroma: Whether colour is stored at half resolution (4:2:0), as is usual.
    /// - Throws: `ImageError` of reason `outOfMemory`, or `unsupported` for sides over 65,500 pixels.
    public func jpegBytes(quality: Int = 90, subsamplesChroma: Bool = true) throws(ImageError) -> [UInt8] {
        try encoded { pixels, width, height, channels, data, size in
            nic_jpeg_encode(
                pixels, width, height, channels, Int32(min(max(quality, 1), 100)), subsamplesChroma, data, size)
        }
    }

    /// Writes the image as a JPEG file, whole or not at all.
    ///
    /// - Throws: As `writePNG(to:compression:)`.
    public func writeJPEG(to path: String, quality: Int = 90, subsamplesChroma: Bool = true) throws(ImageError) {
        let data = try named(path) { () throws(ImageError) in
            try jpegBytes(quality: quality, subsamplesChroma: subsamplesChroma)
        }
        try write(data, to: path)
    }

    private func write(_ data: [UInt8], to path: String) throws(ImageError) {
        do throws(FileError) {
            try AtomicFile.write(data, to: path)
        } catch { throw ImageError(error) }
    }

    private func named(_ path: String, _ encode: () throws(ImageError) -> [UInt8]) throws(ImageError) -> [UInt8] {
        do throws(ImageError) { return try encode() } catch { throw ImageError(error.reason, path: path) }
    }

    private func encoded(
        _ encode: (
            UnsafePointer<UInt8>?, UInt32, UInt32, Int32, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
            UnsafeMutablePointer<Int>
        ) -> nic_report
    ) throws(ImageError) -> [UInt8] {
        var data: UnsafeMutablePointer<UInt8>?
        var size = 0
        let report = withUnsafeBytes {
            encode($0.baseAddress, UInt32(width), UInt32(height), Int32(channels), &data, &size)
        }
        defer { nic_free(data) }
        guard report.status == NIC_OK, let data else {
            let isMemory = report.status == NIC_OUT_OF_MEMORY
            throw ImageError(isMemory ? .outOfMemory : .unsupported(Self.text(report.message)))
        }
        return Array(UnsafeBufferPointer(start: data, count: size))
    }
}
