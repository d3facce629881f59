import NeedletailSystem
import NeedletailText

/// What names of image files look like.
package enum ImageFileName {
    /// Extensions of what people have as images, whether or not Needletail decodes them.
    private static let extensions: Set<String> = [
        "jpg", "jpeg", "jpe", "png", "bmp", "tif", "tiff", "webp", "gif", "ppm", "pgm", "dng", "mpo", "pfm", "heic",
        "heif", "avif", "jp2",
    ]

    /// The extension in lower case, where it is one of images.
    package static func imageExtension(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        return extensions.contains(ending) ? ending : nil
    }

    /// Whether a name is that of a picture whose pixels can be read.
    package static func isReadable(_ name: String) -> Bool {
        imageExtension(of: name).map(readable.contains) ?? false
    }

    private static let readable: Set<String> = [
        "jpg", "jpeg", "jpe", "png", "webp", "bmp", "tif", "tiff", "gif",
    ]

    package static func isImage(_ name: String) -> Bool { imageExtension(of: name) != nil }

    /// Whether a file below a folder may be the image that another name means: none of COCO's panoptic pictures, which bear the
    /// names of images and lie in folders of their own.
    package static func mayBeMeant(_ path: String) -> Bool {
        isImage(path) && !path.hasPrefix("panoptic_") && !path.contains("/panoptic_")
    }

    /// A name without the extension of an image, if it has one.
    package static func stem(of name: String) -> String { isImage(name) ? FilePath.stem(of: name) : name }

    /// The text with `%20` and the like resolved; nil when it has none, or they do not make a text.
    package static func percentDecoded(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return nil }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = hexadecimalDigit(rest[rest.startIndex]),
                let low = hexadecimalDigit(rest[rest.startIndex + 1])
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self), decoded != text else {
            return nil
        }
        return decoded
    }
}
