import NeedletailGeometry

/// A box to be drawn over an image.
public struct LabeledBox: Hashable, Sendable {
    public enum Style: String, Hashable, Sendable, CaseIterable {
        /// A bold outline, and the label on a filled tag above it.
        case detection
        /// A thin outline, and the label in its colour on a dark tag below it.
        case groundTruth
        /// A dashed outline: a region of many objects that are not told apart.
        case crowd
    }

    /// In pixels of the image.
    public var box: Box
    /// What is written beside the box ("Platelets 0.93"); nothing when empty.
    public var label: String
    public var color: Color
    public var style: Style

    public init(box: Box, label: String = "", color: Color, style: Style = .detection) {
        self.box = box
        self.label = label
        self.color = color
        self.style = style
    }
}

extension LabeledBox {
    /// The box on a picture that is larger or smaller by a factor.
    package func scaled(by factor: Double) -> LabeledBox {
        var scaled = self
        scaled.box = Box(x: box.x * factor, y: box.y * factor, width: box.width * factor, height: box.height * factor)
        return scaled
    }
}
