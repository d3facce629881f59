import NeedletailGeometry
import NeedletailImages
import NeedletailPlatform

/// Objects of another image, as rectangles, laid over this one (after Ghiasi et al., "Simple Copy-Paste is a Strong Data
/// Augmentation Method for Instance Segmentation", 2021; by boxes, because a detection dataset has no outlines).
public struct CopyPaste: Hashable, Sendable {
    /// By number.
    public var other: Int
    /// Which of the other image's objects.
    public var objects: [Int]
    /// Where the corners of their boxes come to lie, one for each object.
    public var xs: [Int]
    public var ys: [Int]

    public init(other: Int, objects: [Int], xs: [Int], ys: [Int]) {
        self.other = other
        self.objects = objects
        self.xs = xs
        self.ys = ys
    }

    /// What is covered loses visibility; what sticks out of the image is cut.
    func apply(to sample: inout LabeledImage, pool: ImagePool) throws {
        let other = try pool.load(other)
        for (index, object) in objects.enumerated() where other.objects.indices.contains(object) {
            var pasted = other.objects[object]
            let box = pasted.box
            let source = PixelRectangle(
                x: Int(saturating: box.x.rounded(.down)), y: Int(saturating: box.y.rounded(.down)),
                width: Int(saturating: box.x2.rounded(.up)) - Int(saturating: box.x.rounded(.down)),
                height: Int(saturating: box.y2.rounded(.up)) - Int(saturating: box.y.rounded(.down))
            ).intersection(other.image.frame)
            guard source.width > 0, source.height > 0 else { continue }
            let cut = other.image.cropped(x: source.x, y: source.y, width: source.width, height: source.height)
            sample.image.place(cut, x: xs[index], y: ys[index], within: sample.image.frame)
            pasted.box.x += Double(xs[index] - source.x)
            pasted.box.y += Double(ys[index] - source.y)
            sample.cover(pasted.box)
            sample.objects += LabeledImage.moved([pasted], into: sample.image.frame.box) { $0 }
        }
    }
}
