import NeedletailGeometry
import NeedletailImages

/// An image with its objects before it is resized.
public struct TrainingSample: Sendable {
    public var image: Image
    /// In pixels of the image.
    public var boxes: [Corners]
    /// The class index of each box.
    public var classIndices: [Int]
    public var flippedHorizontally: Bool

    public init(image: Image, boxes: [Corners], classIndices: [Int], flippedHorizontally: Bool) {
        self.image = image
        self.boxes = boxes
        self.classIndices = classIndices
        self.flippedHorizontally = flippedHorizontally
    }
}
