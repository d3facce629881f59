import NeedletailDatasets
import NeedletailImages
import NeedletailSystem

/// Sizes of images for formats that store shares of them.
struct ImageSizes {
    let known: KnownImages?

    /// - Parameters:
    ///   - name: What the dataset calls the image.
    ///   - path: Where its file should be.
    ///   - file: The annotations that need it.
    /// - Returns: The size of the upright image, as the tools that write these formats see it.
    /// - Throws: ``AnnotationError`` when the size is neither known nor can be read.
    func size(of name: String, at path: String, for file: String) throws(AnnotationError) -> (width: Int, height: Int) {
        if let image = known?.image(named: name), image.hasSize { return (image.width, image.height) }
        do {
            let information = try ImageInformation(contentsOf: path)
            return (information.width, information.height)
        } catch {
            throw AnnotationError(
                .unknownReference, file: file,
                problem: "the size of its image is needed and is not known: \(error)",
                remedy: """
                    Put the images where the format expects them, or give their folder with \(setting: .imageFolder)
                    """)
        }
    }
}
