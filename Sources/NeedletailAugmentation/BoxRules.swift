/// Which objects of an augmented image are kept.
///
/// As `SanitizeBoundingBoxes` of torchvision (`min_size`, `min_area`) and `BboxParams` of albumentations
/// (`min_visibility`) have them; boxes are cut at the edges of the image before.
public struct BoxRules: Hashable, Sendable {
    /// Of both sides, in pixels of the augmented image.
    public var minimumSide: Double
    /// In square pixels of the augmented image.
    public var minimumArea: Double
    /// The share of the object's box that must be left after cuts and covers, 0 to 1.
    public var minimumVisibility: Double

    public init(minimumSide: Double = 1, minimumArea: Double = 1, minimumVisibility: Double = 0.25) {
        self.minimumSide = minimumSide
        self.minimumArea = minimumArea
        self.minimumVisibility = minimumVisibility
    }

    public func keeps(_ object: LabeledImage.Object) -> Bool {
        min(object.box.width, object.box.height) >= minimumSide && object.box.area >= minimumArea
            && object.visibility >= minimumVisibility
    }
}
