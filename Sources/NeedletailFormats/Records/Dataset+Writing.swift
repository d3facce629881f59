import NeedletailDatasets
import NeedletailGeometry

extension Dataset {
    /// The split that each image names, or the one given.
    ///
    /// A split is a name that can be a folder.
    func splits(otherwise split: String) -> [String] {
        (0..<images.count).map { row in
            guard !images.origins[row].isNone, let own = fields(ofImage: row).text("split"),
                !own.isEmpty, !own.contains("/"), OutputNames.relativePath(own) == own
            else { return split }
            return own
        }
    }

    /// Whether the annotations are detections with a score; all are or none.
    var holdsScores: Bool {
        annotations.indices.prefix(64).contains { fields(ofAnnotation: $0).double("score") != nil }
    }

    /// Width and height of an image.
    ///
    /// - Throws: ``AnnotationError`` when the dataset does not have them.
    func knownSize(ofImage row: Int) throws(AnnotationError) -> (width: Double, height: Double) {
        let image = images[row]
        guard image.hasSize else {
            throw AnnotationError(
                .schema, file: file(ofImage: row), record: "images[\(row)] (id \(image.id), \(image.fileName))",
                problem: "the format stores shares of the image's size, which is not known"
                    + (absence(ofImage: row).map { "; the image is not there either, \($0)" } ?? ""),
                remedy: """
                    Give the folder of the images with \(setting: .imageFolder), or write width and height into the \
                    annotations
                    """)
        }
        return (Double(image.width), Double(image.height))
    }
}
