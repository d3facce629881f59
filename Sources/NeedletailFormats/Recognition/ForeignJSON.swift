import NeedletailDatasets
import NeedletailSystem

/// Whose JSON a text is that fits no format that is read here, from its outermost keys.
enum ForeignJSON {
    /// - Parameters:
    ///   - keys: Of the outermost object, or of the first one in a list.
    ///   - isList: Whether it is a list.
    static func error(_ file: String, keys: [String], isList: Bool) -> AnnotationError {
        let names = keys.listed()
        let shape =
            keys.isEmpty
            ? isList ? "a list without objects" : "an empty object"
            : isList ? "a list of objects with \(names)" : "an object with \(names)"
        let maker = makers.first { maker in maker.keys.allSatisfy(keys.contains) && maker.isList != !isList }?.name
        return AnnotationError(
            .notFound, file: file,
            problem: maker.map { "this is JSON of \($0), which is not read" }
                ?? "this JSON is of no format that is known here: it is \(shape)",
            remedy: maker != nil
                ? ForeignContent.export
                : """
                Say which format it is with \(setting: .format) where it is one of those that \(verb: .listFormats) \
                names; otherwise export the annotations as COCO JSON, Pascal VOC or YOLO
                """)
    }

    /// Keys that are enough to tell a maker, more particular ones first; with whether they stand in a list, where that
    /// matters.
    private static let makers: [(keys: [String], isList: Bool?, name: String)] = [
        (["item", "annotations"], false, "V7 (Darwin)"),
        (["image", "annotations", "dataset"], false, "V7 (Darwin)"),
        (["project", "config", "attribute", "file", "metadata"], false, "VIA 3"),
        (["imageGcsUri"], nil, "Vertex AI"),
        (["image_gcs_uri"], nil, "Vertex AI"),
        (["Labeled Data"], true, "Labelbox"),
        (["instances", "metadata"], nil, "SuperAnnotate"),
        (["features", "type"], false, "a map (GeoJSON)"),
        (["class", "filename", "annotations"], true, "Sloth"),
        (["segments_info"], true, "panoptic segmentation"),
    ]
}
