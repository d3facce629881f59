import NeedletailErrors

extension AugmentationStep {
    /// The names of all operations, as a policy writes them.
    public static let names =
        [
            "quarter-turns", "scale-jitter", "translate", "rotate", "affine", "crop", "resized-crop", "safe-crop",
            "frame",
            "zoom-out", "pad", "pad-square", "resize", "cut-out", "coarse-dropout", "mosaic", "mix-up", "copy-paste",
        ] + Effect.names

    /// Every operation as a line of a policy that states its settings with what they are drawn from by default.
    public static var examples: [String] {
        names.map { name in
            guard var fields = try? OperationText(name) else { return name }
            // What needs a number in pixels says so after it has been asked for.
            _ = try? readKind(&fields)
            return fields.example
        }
    }

    /// - Parameter steps: What stands between the braces behind the line.
    init(_ fields: inout OperationText, choosingFrom steps: [AugmentationStep]?) throws {
        probability = try fields.number("p", default: 1, within: 0...1)
        let isChoice = fields.name == "one-of" || fields.name == "some-of"
        switch steps {
        case nil where isChoice:
            throw fields.error("end this line with '{', and write what is chosen from below, a line each, then '}'")
        case nil: kind = try Self.readKind(&fields)
        case let steps? where isChoice: kind = try Self.readChoice(&fields, steps)
        default: throw fields.error("only one-of and some-of choose from the lines between '{' and '}'")
        }
    }

    private static func readChoice(_ fields: inout OperationText, _ steps: [AugmentationStep]) throws -> Kind {
        guard !steps.isEmpty else { throw fields.error("there is nothing between '{' and '}' to choose from") }
        var count = 1...1
        if fields.name == "some-of" {
            let range = try fields.range("count", default: 1...Double(steps.count), within: 0...Double(steps.count))
            count = Int(range.lowerBound)...Int(range.upperBound)
        }
        return .choice(of: steps, count: count)
    }

    private static func readKind(_ fields: inout OperationText) throws -> Kind {
        switch fields.name {
        case "quarter-turns": return .quarterTurns
        case "crop":
            var crop = IoUCrop()
            crop.scale = try fields.range("scale", default: crop.scale, within: 0.05...1)
            crop.aspect = try fields.range("aspect", default: crop.aspect, within: 0.1...10)
            return .crop(crop)
        case "frame": return .frame
        case "zoom-out": return .zoomOut(try fields.range("side", default: 1...4, within: 1...8))
        case "scale-jitter", "translate", "rotate", "affine": return .affine(try readAffine(&fields))
        case "resized-crop":
            var crop = ResizedCrop()
            crop.width = try fields.pixels("width")
            crop.height = try fields.pixels("height")
            crop.scale = try fields.range("scale", default: crop.scale, within: 0.001...1)
            crop.aspect = try fields.range("aspect", default: crop.aspect, within: 0.01...100)
            return .resizedCrop(crop)
        case "safe-crop": return .safeCrop
        case "resize":
            let (width, height) = (try fields.pixels("width"), try fields.pixels("height"))
            guard width != nil || height != nil else { throw fields.error("width or height is missing, in pixels") }
            return .resize(width: width, height: height)
        case "pad":
            let padding = ImagePadding(
                width: try fields.pixels("width"), height: try fields.pixels("height"),
                multiple: try fields.pixels("multiple"))
            guard padding != ImagePadding() else {
                throw fields.error("width, height or multiple is missing, in pixels")
            }
            return .pad(padding)
        case "pad-square": return .pad(ImagePadding(isSquare: true))
        case "cut-out":
            let count = try fields.range("count", default: 1...3, within: 1...100)
            let side = try fields.range("side", default: 0.05...0.25, within: 0.001...1)
            return .cutOut(count: count, width: side, height: side)
        case "coarse-dropout":
            return .cutOut(
                count: try fields.range("count", default: 1...2, within: 1...1000),
                width: try fields.range("width", default: 0.1...0.2, within: 0.001...1),
                height: try fields.range("height", default: 0.1...0.2, within: 0.001...1))
        case "mosaic": return .mosaic(try fields.range("scale", default: 0.5...1, within: 0.1...4))
        case "mix-up": return .mixUp(try fields.range("share", default: 0.4...0.6, within: 0...1))
        case "copy-paste": return .copyPaste(try fields.range("count", default: 1...3, within: 1...100))
        default:
            if let ranges = try Effect.Ranges(&fields) { return .effect(ranges) }
            throw fields.error(
                "there is no operation '\(fields.name)'.\(NearestName.question(fields.name, among: names)) There are \(names.sorted().joined(separator: ", ")), "
                    + "one-of and some-of, and boxes for the rules of boxes")
        }
    }

    /// Each of the names has its own settings first; `affine` has all.
    private static func readAffine(_ fields: inout OperationText) throws -> AffineRanges {
        var ranges = AffineRanges()
        let name = fields.name
        if name == "rotate" || name == "affine" {
            ranges.angle = try fields.range("angle", default: -10...10, within: -180...180)
        }
        if name == "translate" || name == "affine" {
            ranges.x = try fields.range("x", default: -0.1...0.1, within: -1...1)
            ranges.y = try fields.range("y", default: -0.1...0.1, within: -1...1)
        }
        if name == "scale-jitter" || name == "affine" {
            ranges.scale = try fields.range("scale", default: 0.8...1.25, within: 0.1...10)
        }
        if name == "affine" { ranges.shear = try fields.range("shear", default: -3...3, within: -60...60) }
        return ranges
    }
}
