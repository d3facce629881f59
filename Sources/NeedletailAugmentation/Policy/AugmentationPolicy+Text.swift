extension AugmentationPolicy {
    /// Reads a policy: one operation a line, done in this order, with `p=` how often and ranges as `low..high`.
    ///
    /// ```
    /// # Photographs from above.
    /// flip-horizontal p=0.5
    /// quarter-turns
    /// brightness p=0.5 factor=0.8..1.2
    /// boxes min-side=4 min-visible=0.3
    /// ```
    ///
    /// - Throws: ``AugmentationError`` that names the line.
    public init(text: String) throws {
        var steps: [AugmentationStep] = []
        var rules = BoxRules()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if content.isEmpty { continue }
            do {
                var fields = try OperationText(content)
                if fields.name == "boxes" {
                    rules = try Self.readRules(&fields)
                } else {
                    steps.append(try AugmentationStep(&fields))
                }
                try fields.finish()
            } catch let error as AugmentationError {
                throw AugmentationError("line \(index + 1): \(error)")
            }
        }
        self.init(text: text, steps: steps, rules: rules)
    }

    private static func readRules(_ fields: inout OperationText) throws -> BoxRules {
        let standard = BoxRules()
        return BoxRules(
            minimumSide: try fields.number("min-side", default: standard.minimumSide, within: 0...10_000),
            minimumArea: try fields.number("min-area", default: standard.minimumArea, within: 0...1e8),
            minimumVisibility: try fields.number("min-visible", default: standard.minimumVisibility, within: 0...1))
    }
}

/// A policy is stored as its text.
extension AugmentationPolicy: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(text: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension AugmentationStep {
    /// The names of all operations, as a policy writes them.
    public static let names = [
        "flip-horizontal", "flip-vertical", "quarter-turns", "crop", "frame", "zoom-out", "scale-jitter", "translate",
        "rotate",
        "affine", "brightness", "contrast", "saturation", "hue", "grey", "blur", "noise", "jpeg", "cut-out", "mosaic",
        "mix-up", "copy-paste",
    ]

    init(_ fields: inout OperationText) throws {
        probability = try fields.number("p", default: 1, within: 0...1)
        kind = try Self.readKind(&fields)
    }

    private static func readKind(_ fields: inout OperationText) throws -> Kind {
        let factors = 0.0...10.0
        switch fields.name {
        case "flip-horizontal": return .flipHorizontal
        case "flip-vertical": return .flipVertical
        case "quarter-turns": return .quarterTurns
        case "crop":
            var crop = IoUCrop()
            crop.scale = try fields.range("scale", default: crop.scale, within: 0.05...1)
            crop.aspect = try fields.range("aspect", default: crop.aspect, within: 0.1...10)
            return .crop(crop)
        case "frame": return .frame
        case "zoom-out": return .zoomOut(try fields.range("side", default: 1...4, within: 1...8))
        case "scale-jitter", "translate", "rotate", "affine": return .affine(try readAffine(&fields))
        case "brightness": return .brightness(try fields.range("factor", default: 0.875...1.125, within: factors))
        case "contrast": return .contrast(try fields.range("factor", default: 0.5...1.5, within: factors))
        case "saturation": return .saturation(try fields.range("factor", default: 0.5...1.5, within: factors))
        case "hue": return .hue(try fields.range("shift", default: -0.05...0.05, within: -0.5...0.5))
        case "grey": return .grey
        case "blur": return .blur(try fields.range("deviation", default: 0.3...2, within: 0.01...50))
        case "noise": return .noise(try fields.range("deviation", default: 2...10, within: 0...255))
        case "jpeg": return .jpeg(try fields.range("quality", default: 30...90, within: 1...100))
        case "cut-out":
            return .cutOut(
                count: try fields.range("count", default: 1...3, within: 1...100),
                side: try fields.range("side", default: 0.05...0.25, within: 0.001...1))
        case "mosaic": return .mosaic(try fields.range("scale", default: 0.5...1, within: 0.1...4))
        case "mix-up": return .mixUp(try fields.range("share", default: 0.4...0.6, within: 0...1))
        case "copy-paste": return .copyPaste(try fields.range("count", default: 1...3, within: 1...100))
        default:
            throw fields.error(
                "there is no operation '\(fields.name)'. There are \(names.joined(separator: ", ")), and boxes for "
                    + "the rules of boxes")
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
