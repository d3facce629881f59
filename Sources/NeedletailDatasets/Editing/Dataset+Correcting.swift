import NeedletailGeometry

extension Dataset {
    /// The dataset with other boxes and outlines for some annotations, as a reader finds that they are meant.
    ///
    /// - Parameters:
    ///   - shapes: By row, the box and the polygon `x, y, x, y ...`.
    ///   - kind: What the reader remarks on each of them, and in which words.
    package func correcting(
        _ shapes: [Int: (box: Box, outline: [Double])], remark kind: DatasetIssue.Kind, _ detail: String
    ) -> Dataset {
        var result = withFields(ofAnnotations: { row in
            shapes[row].map { [("segmentation", .polygons([$0.outline]))] } ?? []
        })
        for (row, shape) in shapes { result.annotations.boxes[row] = shape.box }
        result.remarks += shapes.keys.sorted().map { ReadingRemark(kind, .annotation, row: $0, detail) }
        result.notes = result.findIssues()
        return result
    }
}
