import NeedletailDatasets
import NeedletailImages

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A small copy of an image inside a page.
struct EmbeddedPicture {
    /// A JPEG as a `data:` address.
    let address: String
    /// Of the image itself, in pixels.
    let width: Int
    let height: Int

    /// - Parameters:
    ///   - width: The annotated width, or a number below 1 when it is not known; likewise `height`.
    ///   - side: What the longer side is reduced to.
    ///   - quality: libjpeg's, 1 to 100.
    /// - Throws: `ImageError`, `AnnotatedImageError`
    init(path: String, width: Int, height: Int, side: Int, quality: Int) throws {
        try self.init(AnnotatedImage.load(path, width: width, height: height), side: side, quality: quality)
    }

    /// - Throws: `ImageError`
    init(_ original: Image, side: Int, quality: Int) throws {
        var image = original.converted(to: .rgb)
        self.width = image.width
        self.height = image.height
        // Halving averages four pixels, so that nothing is skipped on the way to the last, smaller step.
        while max(image.width, image.height) >= 2 * side {
            image = image.resized(width: max(image.width / 2, 1), height: max(image.height / 2, 1))
        }
        let longest = max(image.width, image.height)
        if longest > side {
            image = image.resized(
                width: max(image.width * side / longest, 1), height: max(image.height * side / longest, 1))
        }
        address = "data:image/jpeg;base64," + Data(try image.jpegBytes(quality: quality)).base64EncodedString()
    }
}
