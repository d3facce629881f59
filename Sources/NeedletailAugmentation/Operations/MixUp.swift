import NeedletailGeometry
import NeedletailImages

/// Another image shining through this one, with the objects of both (Zhang et al., "Bag of Freebies for Training Object
/// Detection Neural Networks", 2019, section 3.1).
public struct MixUp: Hashable, Sendable {
    /// By number.
    public var other: Int
    /// Of the other image, 0 to 1.
    public var share: Double

    public init(other: Int, share: Double) {
        self.other = other
        self.share = share
    }

    /// The other image is made to fit, keeping its sides' ratio, and laid in the middle.
    func apply(to sample: inout LabeledImage, pool: ImagePool) throws {
        let other = try pool.load(other)
        let (width, height) = (sample.image.width, sample.image.height)
        let fit = min(Double(width) / Double(other.image.width), Double(height) / Double(other.image.height))
        let resized = other.image.resized(
            width: max(Int(Double(other.image.width) * fit), 1), height: max(Int(Double(other.image.height) * fit), 1))
        let left = (width - resized.width) / 2, top = (height - resized.height) / 2
        sample.image.place(resized, x: left, y: top, within: sample.image.frame, share: Float(share))
        let horizontal = Double(resized.width) / Double(other.image.width)
        let vertical = Double(resized.height) / Double(other.image.height)
        sample.objects += LabeledImage.moved(other.objects, into: sample.image.frame.box) { box in
            Box(
                x: box.x * horizontal + Double(left), y: box.y * vertical + Double(top),
                width: box.width * horizontal, height: box.height * vertical)
        }
    }
}
