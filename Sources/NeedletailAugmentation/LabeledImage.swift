import NeedletailGeometry
import NeedletailImages

/// A picture with its objects: what augmentation takes and gives.
public struct LabeledImage: Sendable {
    public struct Object: Hashable, Sendable {
        /// In pixels of the image.
        public var box: Box
        /// Whatever stands for its category; never looked at.
        public var label: Int
        /// The share of the object's box that is still to be seen, 0 to 1.
        public var visibility: Double

        public init(box: Box, label: Int, visibility: Double = 1) {
            self.box = box
            self.label = label
            self.visibility = visibility
        }
    }

    /// RGB.
    public var image: Image
    public var objects: [Object]

    /// - Parameter image: Of any format; becomes RGB.
    public init(image: Image, objects: [Object]) {
        self.image = image.converted(to: .rgb)
        self.objects = objects
    }

    /// Moves all boxes, cuts them at the image's edges, and takes what is cut off from their visibility; objects that
    /// are outside are gone.
    mutating func moveObjects(_ move: (Box) -> Box) {
        objects = Self.moved(
            objects, into: Box(x: 0, y: 0, width: Double(image.width), height: Double(image.height)), move)
    }

    /// Objects moved and cut at the edges of a region.
    static func moved(_ objects: [Object], into region: Box, _ move: (Box) -> Box) -> [Object] {
        objects.compactMap { object in
            let whole = move(object.box)
            let seen = Box(
                x1: max(whole.x, region.x), y1: max(whole.y, region.y), x2: min(whole.x2, region.x2),
                y2: min(whole.y2, region.y2))
            guard seen.hasArea, whole.hasArea else { return nil }
            var object = object
            object.box = seen
            object.visibility *= min(seen.area / whole.area, 1)
            return object
        }
    }

    /// Takes from the visibility of all objects what lies under regions that do not meet.
    mutating func cover(_ regions: Box...) { cover(regions) }

    mutating func cover(_ regions: [Box]) {
        for index in objects.indices {
            let box = objects[index].box
            let covered = regions.reduce(0) { sum, region in
                let width = min(box.x2, region.x2) - max(box.x, region.x)
                let height = min(box.y2, region.y2) - max(box.y, region.y)
                return width > 0 && height > 0 ? sum + width * height : sum
            }
            if covered > 0 { objects[index].visibility *= max(1 - covered / box.area, 0) }
        }
    }
}

/// The other images of a dataset, for operations that join several.
public struct ImagePool: Sendable {
    public let count: Int
    /// An image as it is in the dataset.
    public let load: @Sendable (Int) throws -> LabeledImage

    public init(count: Int, load: @escaping @Sendable (Int) throws -> LabeledImage) {
        self.count = count
        self.load = load
    }

    /// No images.
    public static let empty = ImagePool(count: 0) { _ in
        throw AugmentationError("there are no other images to join this one with")
    }
}

/// A policy or a recipe that cannot be read or carried out: what is wrong, and the remedy.
public struct AugmentationError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
