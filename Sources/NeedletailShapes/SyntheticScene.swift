import NeedletailGeometry
import NeedletailImages
import NeedletailPlatform

/// One picture of the synthetic detection dataset, with what is to be found in it.
public struct SyntheticScene: Sendable {
    public struct Object: Hashable, Sendable {
        public var kind: ShapeKind
        /// Around the pixels that can be seen.
        public var box: Box
        /// Pixels that can be seen.
        public var area: Int
    }

    /// The classes of the dataset, in pairs that are easily taken for each other.
    public static let kinds: [ShapeKind] = [.gear, .flower, .stripedBall, .spottedBall, .leaf, .fish]
    /// Those that lie about in its pictures, asked for in pictures without the first: for a detector that is to know other
    /// things.
    public static let otherKinds = Backdrop.strangers

    public let image: Image
    /// From back to front.
    public let objects: [Object]

    /// Draws a scene; the same seed and index always give the same.
    ///
    /// - Parameter kinds: What is to be found.
    public init(seed: UInt64, index: Int, kinds: [ShapeKind] = Self.kinds) {
        var random = SplitMix64(seed: seed, index: index, stream: 2)
        let (width, height) = random.element([(256, 192), (256, 192), (256, 192), (240, 180), (256, 176), (192, 256)])
        var painting = Painting(width: width, height: height)
        Backdrop.paint(on: &painting, random: &random)
        let angle = random.number(0, 2 * .pi)
        let light = Point(cosf(angle), sinf(angle))
        Backdrop.clutter(on: &painting, light: light, amount: random.integer(1...8), kinds: kinds, random: &random)

        var stage = Stage(width: width, height: height)
        // One picture in twelve shows nothing that is asked for.
        let wanted = random.chance(1.0 / 12) ? 0 : random.integer(1...8)
        let isFewer = wanted > 5 && random.chance(0.5)
        for _ in 0..<(isFewer ? wanted / 2 : wanted) {
            for _ in 0..<12 {
                let figure = Self.figure(of: kinds, width: width, height: height, random: &random)
                guard stage.add(figure) else { continue }
                if random.chance(0.6) { figure.paintShadow(on: &painting, light: light, strength: 0.35) }
                figure.paint(on: &painting, light: light)
                break
            }
        }
        if random.chance(0.35) { painting.blur(center: random.number(1, 5), times: 1) }
        painting.expose(
            gain: random.number(0.65, 1.25), contrast: random.number(0.75, 1.12), vignette: random.number(0, 0.3))
        image = painting.image(noise: random.number(0, 0.022), random: &random)
        objects = stage.objects()
    }

    private static func figure(
        of kinds: [ShapeKind], width: Int, height: Int, random: inout SplitMix64
    ) -> Figure {
        // As many small objects as large ones on a logarithmic scale, 30 to 126 pixels across.
        let radius = 15 * expf(random.unit() * logf(4.2))
        let center = Point(random.unit() * Float(width), random.unit() * Float(height))
        var figure = Figure(random.element(kinds), center: center, radius: radius, random: &random)
        figure.aspect = random.number(0.78, 1)
        return figure
    }
}

/// Which figure is seen at each pixel.
private struct Stage {
    private struct Entry {
        var kind: ShapeKind
        /// Pixels of the whole figure, those outside the picture too.
        var whole: Int
        var visible: Int
    }

    /// Least share of a figure that must be seen.
    private static let leastVisible: Float = 0.65

    private let width: Int
    private let height: Int
    private var owners: [UInt8]
    private var entries: [Entry] = []

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        owners = [UInt8](repeating: 0, count: width * height)
    }

    /// Puts a figure in front of the others, unless it or one of them would be hidden too much.
    mutating func add(_ figure: Figure) -> Bool {
        var covered: [Int] = []
        var whole = 0
        figure.forEachPixel(columns: figure.reach.columns, rows: figure.reach.rows) { x, y, share, _ in
            guard share >= 0.5 else { return }
            whole += 1
            if x >= 0, x < width, y >= 0, y < height { covered.append(y * width + x) }
        }
        guard Float(covered.count) >= Self.leastVisible * Float(whole), covered.count >= 80 else { return false }
        var visible = entries.map(\.visible)
        for pixel in covered where owners[pixel] > 0 { visible[Int(owners[pixel]) - 1] -= 1 }
        for (entry, left) in zip(entries, visible)
        where left < entry.visible && Float(left) < Self.leastVisible * Float(entry.whole) {
            return false
        }
        for i in entries.indices { entries[i].visible = visible[i] }
        entries.append(Entry(kind: figure.kind, whole: whole, visible: covered.count))
        for pixel in covered { owners[pixel] = UInt8(entries.count) }
        return true
    }

    func objects() -> [SyntheticScene.Object] {
        var bounds = [(left: Int, top: Int, right: Int, bottom: Int)](
            repeating: (.max, .max, .min, .min), count: entries.count)
        for y in 0..<height {
            for x in 0..<width {
                let owner = Int(owners[y * width + x])
                guard owner > 0 else { continue }
                let old = bounds[owner - 1]
                bounds[owner - 1] = (min(old.left, x), min(old.top, y), max(old.right, x + 1), max(old.bottom, y + 1))
            }
        }
        return zip(entries, bounds).map { entry, bound in
            SyntheticScene.Object(
                kind: entry.kind,
                box: Box(
                    x1: Double(bound.left), y1: Double(bound.top), x2: Double(bound.right), y2: Double(bound.bottom)),
                area: entry.visible)
        }
    }
}
