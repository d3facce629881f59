import NeedletailGeometry
import NeedletailImages

/// An image with its objects before it is resized.
public struct TrainingSample: Sendable {
    public var image: Image
    /// In pixels of the image.
    public var boxes: [Corners]
    /// The output column of each box.
    public var labels: [Int]
    public var flippedHorizontally: Bool

    public init(image: Image, boxes: [Corners], labels: [Int], flippedHorizontally: Bool) {
        self.image = image
        self.boxes = boxes
        self.labels = labels
        self.flippedHorizontally = flippedHorizontally
    }
}
