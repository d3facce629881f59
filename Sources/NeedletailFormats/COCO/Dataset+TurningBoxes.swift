import NeedletailDatasets
import NeedletailGeometry

extension Dataset {
    /// The dataset with the extents of boxes that are given as they were before they were turned, as CVAT's export has
    /// them: `bbox` upright, `attributes.rotation` beside it, no segmentation.
    ///
    /// The turned outline becomes the segmentation. So a file that is written has both, and its boxes are not turned
    /// once more when it is read; nor are those of other tools that give an outline.
    ///
    /// - Parameter rotations: In degrees, clockwise around the box's centre, by where the records start.
    func turningBoxes(_ rotations: [Int: Double]) -> Dataset {
        var shapes: [Int: (box: Box, outline: [Double])] = [:]
        for row in 0..<annotations.count {
            let origin = annotations.origins[row]
            guard !origin.isNone, let degrees = rotations[origin.offset], let box = writableBox(row), box.hasArea,
                !hasOutline(row)
            else { continue }
            let turned = TurnedBox(box, degrees: degrees)
            shapes[row] = (turned.extent, turned.corners)
        }
        return shapes.isEmpty ? self : correcting(shapes, remark: .boxFromShape, "a turned box")
    }

    /// Whether a record has a segmentation that is not empty.
    private func hasOutline(_ row: Int) -> Bool {
        guard var json = fields(ofAnnotation: row)["segmentation"]?.reader else { return false }
        switch try? json.peek() {
        case .array:
            try? json.beginArray()
            return (try? json.nextElement()) ?? false
        case .object: return true
        default: return false
        }
    }
}
