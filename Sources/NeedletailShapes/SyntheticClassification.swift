import NeedletailImages
import NeedletailPlatform

/// An endless stream of small pictures of one object each, for pre-training a backbone.
///
/// Sample `index` of a seed is always the same picture, so a data loader may draw them in any order and on
/// any thread. At 48 pixels a side a sample takes a fraction of a millisecond.
public struct SyntheticClassification: Sendable {
    /// What a label stands for, in the order of `ShapeKind.allCases`.
    public static let classNames = ShapeKind.allCases.map(\.name)

    public let seed: UInt64
    /// Side of the square pictures, in pixels.
    public let size: Int

    /// - Precondition: `size` is at least 8.
    public init(seed: UInt64, size: Int = 48) {
        precondition(size >= 8, "a picture of \(size) pixels shows nothing")
        self.seed = seed
        self.size = size
    }

    /// One picture and its class, an index into `classNames`; the classes are equally frequent.
    public func sample(_ index: Int) -> (image: Image, label: Int) {
        var random = SplitMix64(seed: seed, index: index, stream: 1)
        let kind = random.element(ShapeKind.allCases)
        let side = Float(size)
        var painting = Painting(width: size, height: size)
        Backdrop.paint(on: &painting, random: &random)
        let angle = random.number(0, 2 * .pi)
        let light = Point(cosf(angle), sinf(angle))
        let center = Point(repeating: side / 2) + Point(random.number(-0.12, 0.12), random.number(-0.12, 0.12)) * side
        var figure = Figure(kind, center: center, radius: side * random.number(0.26, 0.52), random: &random)
        if random.chance(0.5) { figure.rotation = random.normal() * 0.4 }
        if random.chance(0.5) { figure.paintShadow(on: &painting, light: light, strength: 0.35) }
        figure.paint(on: &painting, light: light)
        if random.chance(0.3) {
            // Something in front of a corner.
            let corner = random.number(0, 2 * .pi)
            var other = Figure(
                random.element(ShapeKind.allCases),
                center: center + Point(cosf(corner), sinf(corner)) * (figure.radius * 1.15), radius: side * 0.16,
                random: &random)
            other.isPlain = true
            other.paint(on: &painting, light: light)
        }
        if random.chance(0.35) { painting.blur(center: random.number(1.5, 6), times: 1) }
        painting.expose(
            gain: random.number(0.7, 1.25), contrast: random.number(0.75, 1.15), vignette: random.number(0, 0.25))
        let image = painting.image(noise: random.number(0, 0.04), random: &random)
        return (image, kind.rawValue)
    }
}
