import NeedletailDatasets
import NeedletailGeometry

/// Boxes as they are becoming.
extension DatasetRepair {
    /// Puts the corners of a box in order, if reading it has not done so, and keeps it inside its image.
    mutating func putInOrder(_ row: Int) -> (before: Box?, after: Box) {
        var annotation = current(annotation: row)
        guard annotation.box.isReversed else { return (nil, annotation.box) }
        let before = annotation.box
        annotation.box = before.inOrder
        if let area = annotation.area, area <= 0 { annotation.area = annotation.box.area }
        annotations[row] = annotation
        let image = dataset.images[annotation.image]
        let (width, height) = (Double(image.width), Double(image.height))
        let isInside = annotation.box.clipped(toWidth: width, height: height) == annotation.box
        return (before, image.hasSize && !isInside ? clip(row).after : annotation.box)
    }

    /// Gives an annotation without a usable box the extent of its polygons, if it has some.
    mutating func takeBoxOfOutline(_ row: Int) -> Box? {
        guard case .polygons(let outline) = dataset.segmentation(ofAnnotation: row),
            let box = Box(around: outline.flatMap(\.self)), box.hasArea
        else { return nil }
        var annotation = current(annotation: row)
        annotation.box = box
        if annotation.area == nil { annotation.area = outline.area }
        annotations[row] = annotation
        return box
    }

    mutating func clip(_ row: Int) -> (before: Box, after: Box) {
        var annotation = current(annotation: row)
        let image = dataset.images[annotation.image]
        let before = annotation.box
        annotation.box = before.clipped(toWidth: Double(image.width), height: Double(image.height))
        if case .polygons(let outline) = dataset.segmentation(ofAnnotation: row) {
            let inside = outline.clipped(to: Box(x: 0, y: 0, width: Double(image.width), height: Double(image.height)))
            if inside != outline { polygons[row] = inside }
        }
        // The area of a segmentation is its own.
        if let area = annotation.area {
            if abs(area - before.area) <= 1e-9 * before.area {
                annotation.area = annotation.box.area
            } else if let inside = polygons[row] {
                annotation.area = inside.area
            }
        }
        annotations[row] = annotation
        return (before, annotation.box)
    }
}
