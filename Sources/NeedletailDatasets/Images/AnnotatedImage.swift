import NeedletailImages
import NeedletailSystem

/// An image file as its annotations see it.
public enum AnnotatedImage {
    /// Decodes an image so that its pixels agree with the size in the annotations.
    ///
    /// Cameras store photographs lying on their side with a note how to turn them (EXIF orientation). Tools disagree
    /// whether boxes refer to the stored or the turned picture; the annotated size tells which it was.
    ///
    /// - Parameters:
    ///   - width: The annotated width, or a number below 1 when the annotations do not state it; likewise `height`.
    /// - Throws: `ImageError` when the file cannot be decoded, ``AnnotatedImageError`` when its size is another one.
    public static func load(_ path: String, width: Int, height: Int) throws -> Image {
        let image = try Image(contentsOf: path)
        guard width > 0, height > 0, (image.width, image.height) != (width, height) else { return image }
        if (image.height, image.width) == (width, height) {
            let stored = try Image(contentsOf: path, options: .init(appliesOrientation: false))
            if (stored.width, stored.height) == (width, height) { return stored }
        }
        throw AnnotatedImageError(
            path: path,
            problem: "the image has \(image.width)x\(image.height) pixels, but its annotations say \(width)x\(height)")
    }
}

/// An image whose size is not the annotated one.
public struct AnnotatedImageError: ActionableError {
    public enum Kind: Hashable, Sendable { case otherSize }

    public let path: String
    public let problem: String

    public var kind: Kind { .otherSize }
    public var subject: String { path }
    public var remedy: Remedy? { "Correct the size, or replace the image by the one that was annotated." }
}
