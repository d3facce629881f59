import NeedletailImages
import NeedletailPlatform

/// What one look into an image file tells.
struct PictureFacts: Sendable, Codable {
    /// What is the matter with the file, or nil.
    var failure: ImageError?
    /// Whether the decoder had to work around damage, and what it said.
    var damage: ImageError?
    var information: ImageInformation?
    var fileHash: ContentHash?
    /// Of the stored pixels: equal for files that differ in their metadata only.
    var pixelHash: ContentHash?
    var fingerprint: Fingerprint?
    /// Which file it is, whatever it is called; known where only the header was read.
    var file: FileNumber?

    /// Whether there was a file that could be read.
    var isRead: Bool {
        switch failure?.reason {
        case .missing, .notAFile, .unreadable: false
        default: true
        }
    }

    struct FileNumber: Hashable, Sendable, Codable {
        var device: UInt64
        var number: UInt64
    }

    /// What similar pictures are found by.
    struct Fingerprint: Sendable, Codable {
        var hash: PerceptualHash
        /// 32 x 32 brightnesses of the upright picture.
        var grid: [UInt8]
    }

    /// Reads a file once, hashes it and decodes it fully: only that tells whether it is whole.
    init(path: String) {
        do {
            let bytes = try ImageFile.bytes(of: path)
            fileHash = bytes.withUnsafeBytes { ContentHash($0) }
            let information = try ImageInformation(bytes: bytes)
            self.information = information
            let image = try decode(bytes)
            pixelHash = image.withUnsafeBytes {
                ContentHash(UnsafeRawBufferPointer($0), seed: UInt64(image.width))
            }
            let grid = LumaGrid(image, side: PerceptualHash.gridSide).turned(information.orientation)
            // A picture of one colour is like any other of one colour.
            guard grid.deviation >= 4 else { return }
            fingerprint = Fingerprint(
                hash: PerceptualHash(grid), grid: grid.values.map { UInt8(min(max($0.rounded(), 0), 255)) })
        } catch {
            failure = ImageError(error.reason, path: path)
        }
    }

    /// Reads the header of a file.
    init(headerOf path: String) {
        var status = stat()
        if stat(path, &status) == 0 {
            file = FileNumber(device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(status.st_ino))
        }
        do {
            let information = try ImageInformation(contentsOf: path)
            self.information = information
            failure = information.format.refusal(of: path)
        } catch {
            failure = ImageError(error.reason, path: path)
        }
    }

    private mutating func decode(_ bytes: [UInt8]) throws(ImageError) -> Image {
        var options = Image.DecodingOptions(appliesOrientation: false, isStrict: true)
        do throws(ImageError) {
            return try Image(bytes: bytes, options: options)
        } catch {
            guard case .corrupt = error.reason else { throw error }
            // Viewers and other decoders open many such files all the same.
            options.isStrict = false
            let image = try Image(bytes: bytes, options: options)
            damage = error
            return image
        }
    }
}
