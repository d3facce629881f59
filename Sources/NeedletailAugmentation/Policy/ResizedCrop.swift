import NeedletailGeometry
import NeedletailImages
import NeedletailPlatform
import NeedletailRandom

/// A part of any place and size brought to one size, as torchvision's `RandomResizedCrop` draws it.
public struct ResizedCrop: Hashable, Sendable {
    /// In pixels; the image's own where nothing is said.
    public var width: Int?
    public var height: Int?
    /// Of the image's area.
    public var scale = 0.08...1.0
    /// Width by height of the part, its logarithm drawn evenly.
    public var aspect = 0.75...1.3333

    public init() {}

    func draw(width: Int, height: Int, from stream: inout RandomStream) -> [ImageOperation] {
        let part = part(width: width, height: height, from: &stream)
        return [.crop(part), .resize(width: self.width ?? width, height: self.height ?? height)]
    }

    private func part(width: Int, height: Int, from stream: inout RandomStream) -> PixelRectangle {
        for _ in 0..<10 {
            let area = Double(width * height) * stream.number(in: scale)
            let aspect = exp(stream.number(in: log(aspect.lowerBound)...log(aspect.upperBound)))
            let w = Int((area * aspect).squareRoot().rounded()), h = Int((area / aspect).squareRoot().rounded())
            guard 1...width ~= w, 1...height ~= h else { continue }
            return PixelRectangle(
                x: stream.below(width - w + 1), y: stream.below(height - h + 1), width: w, height: h)
        }
        // The largest part of an allowed ratio, in the middle.
        let ratio = min(max(Double(width) / Double(height), aspect.lowerBound), aspect.upperBound)
        let w = min(max(Int((Double(height) * ratio).rounded()), 1), width)
        let h = min(max(Int((Double(width) / ratio).rounded()), 1), height)
        return PixelRectangle(x: (width - w) / 2, y: (height - h) / 2, width: w, height: h)
    }
}

/// Sides that an image must at least have.
public struct ImagePadding: Hashable, Sendable {
    /// In pixels.
    public var width: Int?
    public var height: Int?
    /// Sides become multiples of this.
    public var multiple: Int?
    /// Whether both sides are to be as long as the longer one.
    public var isSquare = false

    public init(width: Int? = nil, height: Int? = nil, multiple: Int? = nil, isSquare: Bool = false) {
        self.width = width
        self.height = height
        self.multiple = multiple
        self.isSquare = isSquare
    }

    func operations(width: Int, height: Int) -> [ImageOperation] {
        func side(_ least: Int?, _ current: Int) -> Int {
            let side = max(least ?? 0, isSquare ? max(width, height) : current)
            let multiple = multiple ?? 1
            return (side + multiple - 1) / multiple * multiple
        }
        let (newWidth, newHeight) = (side(self.width, width), side(self.height, height))
        guard newWidth > width || newHeight > height else { return [] }
        return [
            .zoomOut(
                left: (newWidth - width) / 2, top: (newHeight - height) / 2, width: newWidth, height: newHeight)
        ]
    }
}
