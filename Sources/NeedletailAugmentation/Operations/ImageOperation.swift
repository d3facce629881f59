import NeedletailGeometry
import NeedletailImages

/// One thing done to an image and its objects, with every number drawn: doing it again gives the same pixels.
public enum ImageOperation: Hashable, Sendable {
    /// To a whole fraction of the size; done first to images that are larger than a network needs.
    case shrink(factor: Int)
    /// Clockwise, 1 to 3.
    case quarterTurns(Int)
    /// Objects whose centre is outside are gone, as in SSD.
    case crop(PixelRectangle)
    /// The image laid on a larger ground, with its corner at (`left`, `top`).
    case zoomOut(left: Int, top: Int, width: Int, height: Int)
    case affine(Affine)
    case resize(width: Int, height: Int)
    case effect(Effect)
    case cutOut([PixelRectangle])
    case mosaic(Mosaic)
    case mixUp(MixUp)
    case copyPaste(CopyPaste)

    /// Shear, rotation and scale about the centre, then a shift; see ``AffineMap``.
    public struct Affine: Hashable, Sendable {
        /// In degrees, clockwise.
        public var angle = 0.0
        /// In pixels.
        public var shiftX = 0.0
        public var shiftY = 0.0
        public var scale = 1.0
        /// In degrees.
        public var shearX = 0.0
        public var shearY = 0.0

        public init() {}
    }

    /// What is painted where there is no picture: the mean of ImageNet, which is 0 to a network.
    static let ground = Color(red: 124, green: 116, blue: 104)

    /// - Parameter pool: The images that operations on several refer to by number.
    /// - Throws: What the pool throws.
    func apply(to sample: inout LabeledImage, pool: ImagePool) throws {
        let (width, height) = (Double(sample.image.width), Double(sample.image.height))
        switch self {
        case .shrink(let factor):
            let factor = min(factor, sample.image.width, sample.image.height)
            let scale = 1 / Double(factor)
            sample.image = sample.image.shrunk(by: factor)
            sample.moveObjects {
                Box(x: $0.x * scale, y: $0.y * scale, width: $0.width * scale, height: $0.height * scale)
            }
        case .quarterTurns(let turns):
            sample.turn([.upright, .needsClockwiseTurn, .rotated180, .needsCounterclockwiseTurn][turns & 3])
        case .crop(let region): crop(&sample, to: region)
        case .zoomOut(let left, let top, let newWidth, let newHeight):
            var canvas = Image(width: newWidth, height: newHeight, filledWith: Self.ground)
            canvas.place(sample.image, x: left, y: top, within: canvas.frame)
            sample.image = canvas
            sample.moveObjects {
                Box(x: $0.x + Double(left), y: $0.y + Double(top), width: $0.width, height: $0.height)
            }
        case .affine(let affine):
            sample.warp(by: AffineMap(affine, width: width, height: height))
        case .resize(let newWidth, let newHeight):
            sample.image = sample.image.resized(width: newWidth, height: newHeight)
            let scale = (x: Double(newWidth) / width, y: Double(newHeight) / height)
            sample.moveObjects {
                Box(x: $0.x * scale.x, y: $0.y * scale.y, width: $0.width * scale.x, height: $0.height * scale.y)
            }
        case .effect(let effect): try effect.apply(to: &sample)
        case .cutOut(let regions):
            for region in regions {
                sample.image.fill(region, with: Self.ground)
                sample.cover(region.box)
            }
        case .mosaic(let mosaic): try mosaic.apply(to: &sample, pool: pool)
        case .mixUp(let mixUp): try mixUp.apply(to: &sample, pool: pool)
        case .copyPaste(let copyPaste): try copyPaste.apply(to: &sample, pool: pool)
        }
    }

    private func crop(_ sample: inout LabeledImage, to region: PixelRectangle) {
        let region = region.intersection(sample.image.frame)
        guard region.width > 0, region.height > 0 else { return }
        let box = region.box
        sample.image = sample.image.cropped(x: region.x, y: region.y, width: region.width, height: region.height)
        sample.objects.removeAll { object in
            let x = object.box.x + object.box.width / 2, y = object.box.y + object.box.height / 2
            return !(box.x < x && x < box.x2 && box.y < y && y < box.y2)
        }
        sample.moveObjects { Box(x: $0.x - box.x, y: $0.y - box.y, width: $0.width, height: $0.height) }
    }
}

extension AffineMap {
    init(_ affine: ImageOperation.Affine, width: Double, height: Double) {
        self.init(
            centerX: width / 2, centerY: height / 2, angle: affine.angle, shiftX: affine.shiftX,
            shiftY: affine.shiftY, scale: affine.scale, shearX: affine.shearX, shearY: affine.shearY)
    }
}
