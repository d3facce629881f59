/// One detected object: a box in pixels of the original image, a score and a category.
public struct Detection: Hashable, Sendable {
    public var box: Box
    /// Confidence, 0 to 1.
    public var score: Double
    /// The dataset's own category id, not a dense index.
    public var categoryID: Int
    /// What the category is called, where whoever detected it knows.
    public var categoryName: String?

    public init(box: Box, score: Double, categoryID: Int, categoryName: String? = nil) {
        self.box = box
        self.score = score
        self.categoryID = categoryID
        self.categoryName = categoryName
    }
}

/// One annotated object, as the metrics and the matcher see it.
public struct GroundTruth: Hashable, Sendable {
    /// The annotation's id in its file.
    public var id: Int
    public var box: Box
    /// The dataset's own category id, not a dense index.
    public var categoryID: Int
    /// The annotation's `area` in square pixels (COCO: of the segmentation, not of the box).
    public var area: Double
    /// COCO's `iscrowd`: the box covers a group, is never trained on and cannot be a false positive.
    public var isCrowd: Bool
    /// Pascal VOC's `difficult`: left out of VOC scoring.
    public var isDifficult: Bool

    public init(
        id: Int, box: Box, categoryID: Int, area: Double? = nil, isCrowd: Bool = false, isDifficult: Bool = false
    ) {
        self.id = id
        self.box = box
        self.categoryID = categoryID
        self.area = area ?? box.area
        self.isCrowd = isCrowd
        self.isDifficult = isDifficult
    }
}
