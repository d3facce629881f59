import NeedletailGeometry
import NeedletailImages

/// Four images around a point, each cut at its quarter, on a canvas of the first one's size (YOLOv4, section 3.3).
public struct Mosaic: Hashable, Sendable {
    /// The other three, by number: top right, bottom left, bottom right.
    public var others: [Int]
    /// Where the four meet.
    public var x: Int
    public var y: Int
    /// Of the four: the size of an image, 1 if it just fits the canvas.
    public var scales: [Double]

    public init(others: [Int], x: Int, y: Int, scales: [Double]) {
        self.others = others
        self.x = x
        self.y = y
        self.scales = scales
    }

    func apply(to sample: inout LabeledImage, pool: ImagePool) throws {
        let (width, height) = (sample.image.width, sample.image.height)
        var canvas = Image(width: width, height: height, filledWith: ImageOperation.ground)
        var objects: [LabeledImage.Object] = []
        for (quarter, scale) in scales.prefix(4).enumerated() {
            let part = quarter == 0 ? sample : try pool.load(others[quarter - 1])
            let fit = min(Double(width) / Double(part.image.width), Double(height) / Double(part.image.height)) * scale
            let resized = part.image.resized(
                width: max(Int(Double(part.image.width) * fit), 1), height: max(Int(Double(part.image.height) * fit), 1)
            )
            let isRight = quarter % 2 == 1, isBelow = quarter > 1
            // The inner corner lies at the meeting point.
            let left = isRight ? x : x - resized.width, top = isBelow ? y : y - resized.height
            let region = PixelRectangle(
                x: isRight ? x : 0, y: isBelow ? y : 0, width: isRight ? width - x : x, height: isBelow ? height - y : y
            )
            canvas.place(resized, x: left, y: top, within: region)
            let horizontal = Double(resized.width) / Double(part.image.width)
            let vertical = Double(resized.height) / Double(part.image.height)
            objects += LabeledImage.moved(part.objects, into: region.box) { box in
                Box(
                    x: box.x * horizontal + Double(left), y: box.y * vertical + Double(top),
                    width: box.width * horizontal, height: box.height * vertical)
            }
        }
        sample.image = canvas
        sample.objects = objects
    }
}
