import NeedletailImages

extension ImageOperation {
    /// The operation as a recipe has it: `crop x=12 y=0 width=400 height=300`.
    public var text: String {
        func list(_ values: [some CustomStringConvertible]) -> String {
            values.map(\.description).joined(separator: ",")
        }
        switch self {
        case .shrink(let factor): return "shrink factor=\(factor)"
        case .quarterTurns(let turns): return "quarter-turns count=\(turns)"
        case .crop(let region): return "crop x=\(region.x) y=\(region.y) width=\(region.width) height=\(region.height)"
        case .zoomOut(let left, let top, let width, let height):
            return "zoom-out left=\(left) top=\(top) width=\(width) height=\(height)"
        case .affine(let map):
            return "affine angle=\(map.angle) x=\(map.shiftX) y=\(map.shiftY) scale=\(map.scale) "
                + "shear-x=\(map.shearX) shear-y=\(map.shearY)"
        case .resize(let width, let height): return "resize width=\(width) height=\(height)"
        case .effect(let effect): return effect.text
        case .cutOut(let regions):
            return
                "cut-out x=\(list(regions.map(\.x))) y=\(list(regions.map(\.y))) width=\(list(regions.map(\.width))) "
                + "height=\(list(regions.map(\.height)))"
        case .mosaic(let mosaic):
            return "mosaic others=\(list(mosaic.others)) x=\(mosaic.x) y=\(mosaic.y) scales=\(list(mosaic.scales))"
        case .mixUp(let mixUp): return "mix-up other=\(mixUp.other) share=\(mixUp.share)"
        case .copyPaste(let paste):
            return
                "copy-paste other=\(paste.other) objects=\(list(paste.objects)) x=\(list(paste.xs)) y=\(list(paste.ys))"
        }
    }

    /// - Throws: ``AugmentationError`` that quotes the text.
    public init(text: String) throws {
        var fields = try OperationText(text)
        self = try Self.read(&fields)
        try fields.finish()
    }

    private static func read(_ fields: inout OperationText) throws -> ImageOperation {
        let any = -1e9...1e9
        switch fields.name {
        case "shrink": return .shrink(factor: Int(try fields.number("factor", within: 1...10_000)))
        case "quarter-turns": return .quarterTurns(Int(try fields.number("count", within: 1...3)))
        case "crop": return .crop(try readRectangles(&fields)[0])
        case "zoom-out":
            return .zoomOut(
                left: try fields.integer("left"), top: try fields.integer("top"),
                width: Int(try fields.number("width", within: 1...65_500)),
                height: Int(try fields.number("height", within: 1...65_500)))
        case "affine":
            var map = Affine()
            map.angle = try fields.number("angle", within: any)
            map.shiftX = try fields.number("x", within: any)
            map.shiftY = try fields.number("y", within: any)
            map.scale = try fields.number("scale", within: 0.001...1000)
            map.shearX = try fields.number("shear-x", within: -80...80)
            map.shearY = try fields.number("shear-y", within: -80...80)
            return .affine(map)
        case "resize":
            return .resize(
                width: Int(try fields.number("width", within: 1...16_384)),
                height: Int(try fields.number("height", within: 1...16_384)))
        case "cut-out": return .cutOut(try readRectangles(&fields))
        case "mosaic":
            let mosaic = Mosaic(
                others: try fields.integers("others"), x: try fields.integer("x"), y: try fields.integer("y"),
                scales: try fields.numbers("scales"))
            guard mosaic.others.count == 3, mosaic.scales.count == 4, mosaic.scales.allSatisfy({ 0.01...10 ~= $0 })
            else { throw fields.error("a mosaic has 3 others and 4 scales") }
            return .mosaic(mosaic)
        case "mix-up":
            return .mixUp(MixUp(other: try fields.integer("other"), share: try fields.number("share", within: 0...1)))
        case "copy-paste":
            let paste = CopyPaste(
                other: try fields.integer("other"), objects: try fields.integers("objects"),
                xs: try fields.integers("x"), ys: try fields.integers("y"))
            guard paste.objects.count == paste.xs.count, paste.xs.count == paste.ys.count else {
                throw fields.error("every object needs an x and a y")
            }
            return .copyPaste(paste)
        default:
            guard let effect = try Effect(&fields) else {
                throw fields.error("there is no operation '\(fields.name)'")
            }
            return .effect(effect)
        }
    }

    private static func readRectangles(_ fields: inout OperationText) throws -> [PixelRectangle] {
        let (xs, ys) = (try fields.integers("x"), try fields.integers("y"))
        let (widths, heights) = (try fields.integers("width"), try fields.integers("height"))
        guard Set([xs.count, ys.count, widths.count, heights.count]).count == 1,
            (widths + heights).allSatisfy({ $0 > 0 })
        else { throw fields.error("x, y, width and height must be as many, and sides above 0") }
        return xs.indices.map { PixelRectangle(x: xs[$0], y: ys[$0], width: widths[$0], height: heights[$0]) }
    }
}
