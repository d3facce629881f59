/// The outline of an object, as COCO's field `segmentation` has it.
public enum Segmentation: Hashable, Sendable {
    /// Each `x, y, x, y ...` in pixels.
    case polygons([[Double]])
    /// A mask, run-length coded, which stays in the file.
    case runLengths
}

extension Dataset {
    /// The outline of an annotation; nil when it has none, or one that is neither polygons nor a mask.
    ///
    /// Cost: the record is read from its file.
    public func segmentation(ofAnnotation row: Int) -> Segmentation? {
        let fields = fields(ofAnnotation: row)
        guard var json = fields["segmentation"]?.reader else { return nil }
        if (try? json.peek()) == .object { return .runLengths }
        let polygons = fields.polygons
        return polygons.isEmpty ? nil : .polygons(polygons)
    }
}
