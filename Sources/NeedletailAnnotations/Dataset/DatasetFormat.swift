/// The file formats that datasets come in.
public enum DatasetFormat: String, Hashable, Sendable, CaseIterable {
    /// One JSON file with images, annotations and categories.
    case coco
    /// Pascal VOC: a folder of XML files, one an image.
    case voc
}

/// What the pixel coordinates of a Pascal VOC file mean; tools disagree.
public enum VOCOrigin: String, Hashable, Sendable, CaseIterable {
    /// The devkit's definition: pixels are counted from 1 and `xmax` is inside the box, so
    /// `x = xmin − 1` and `width = xmax − xmin + 1`. detectron2 reads files so.
    case inclusive1
    /// One is subtracted from every coordinate: `x = xmin − 1`, `width = xmax − xmin`.
    case shift1
    /// The coordinates are edges counted from 0 and nothing is subtracted: `x = xmin`, `width = xmax − xmin`.
    case zero
}
