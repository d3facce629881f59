import NeedletailGeometry
import NeedletailImages
import NeedletailRandom

/// The crop of SSD (Liu et al. 2016, section 2.2) as torchvision's `RandomIoUCrop` draws it.
public struct IoUCrop: Hashable, Sendable {
    /// Of each side.
    public var scale = 0.3...1.0
    /// Width by height.
    public var aspect = 0.5...2.0
    /// One is drawn: some box must overlap the crop at least as much. From 1 on the image stays whole.
    public var overlaps = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]
    /// Tries for one overlap, before another is drawn.
    public var trials = 40

    public init() {}

    /// - Returns: `nil` when the image stays whole.
    func draw(width: Int, height: Int, boxes: [Box], from stream: inout RandomStream) -> PixelRectangle? {
        // Without a whole image among the overlaps an image without boxes would be tried forever.
        for _ in 0..<50 {
            let least = overlaps[stream.below(overlaps.count)]
            if least >= 1 { return nil }
            for _ in 0..<trials {
                let w = Int(Double(width) * stream.number(in: scale))
                let h = Int(Double(height) * stream.number(in: scale))
                guard w > 0, h > 0, aspect.contains(Double(w) / Double(h)) else { continue }
                let crop = PixelRectangle(
                    x: Int(Double(width - w) * stream.number(in: 0...1)),
                    y: Int(Double(height - h) * stream.number(in: 0...1)), width: w, height: h)
                if accepts(crop.box, boxes: boxes, overlap: least) { return crop }
            }
        }
        return nil
    }

    private func accepts(_ crop: Box, boxes: [Box], overlap least: Double) -> Bool {
        var isAnyInside = false
        var best = 0.0
        for box in boxes {
            let x = box.x + box.width / 2, y = box.y + box.height / 2
            guard crop.x < x, x < crop.x2, crop.y < y, y < crop.y2 else { continue }
            isAnyInside = true
            let width = min(box.x2, crop.x2) - max(box.x, crop.x), height = min(box.y2, crop.y2) - max(box.y, crop.y)
            best = max(best, width * height / (box.area + crop.area - width * height))
        }
        return isAnyInside && best >= least
    }
}
