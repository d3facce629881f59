import NeedletailPlatform

/// Maps that are read at places between their pixels.
extension Interpreter {
    static func gridSample(_ evaluation: Evaluation) throws -> ONNXTensor {
        let input = try evaluation.tensor(0), grid = try evaluation.tensor(1)
        guard input.rank == 4, grid.rank == 4, grid.shape[3] == 2, grid.shape[0] == input.shape[0] else {
            throw NodeProblem("a grid of \(grid.shape) over \(input.shape) is not computed", kind: .unsupported)
        }
        let mode = try evaluation.node.text("mode", or: "linear")
        let outside = try evaluation.node.text("padding_mode", or: "zeros")
        let alignsCorners = try evaluation.node.flag("align_corners")
        let (batch, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
        let (rows, columns) = (grid.shape[1], grid.shape[2])
        let shape = [batch, channels, rows, columns]
        try Evaluation.checkedCount(shape)
        let values = try evaluation.floats(0), places = try evaluation.floats(1)
        guard height > 0, width > 0 else { throw NodeProblem("a map of \(input.shape) has no pixels") }

        func pixel(_ place: Float, _ size: Int) -> Float {
            alignsCorners ? (place + 1) / 2 * Float(size - 1) : ((place + 1) * Float(size) - 1) / 2
        }
        /// A coordinate thrown back at the borders until it lies between them.
        func reflected(_ place: Float, _ size: Int) -> Float {
            let low: Float = alignsCorners ? 0 : -0.5, high = alignsCorners ? Float(size - 1) : Float(size) - 0.5
            let length = high - low
            guard length > 0, place.isFinite else { return 0 }
            let distance = abs(place - low), turns = (distance / length).rounded(.down),
                rest = distance - turns * length
            return turns.truncatingRemainder(dividingBy: 2) == 0 ? low + rest : high - rest
        }
        func bordered(_ place: Float, _ size: Int) -> Float {
            switch outside {
            case "border": return min(max(place, 0), Float(size - 1))
            case "reflection": return min(max(reflected(place, size), 0), Float(size - 1))
            default: return place
            }
        }
        func value(_ map: Int, _ x: Float, _ y: Float) -> Float {
            let x = bordered(x, width), y = bordered(y, height)
            guard x >= 0, y >= 0, x < Float(width), y < Float(height) else { return 0 }
            return values[map + Int(saturating: y) * width + Int(saturating: x)]
        }
        func cubic(_ fraction: Float) -> [Float] {
            let a: Float = -0.75
            func inner(_ t: Float) -> Float { ((a + 2) * t - (a + 3)) * t * t + 1 }
            func outer(_ t: Float) -> Float { ((a * t - 5 * a) * t + 8 * a) * t - 4 * a }
            return [outer(fraction + 1), inner(fraction), inner(1 - fraction), outer(2 - fraction)]
        }
        func sample(_ map: Int, _ x: Float, _ y: Float) throws -> Float {
            switch mode {
            case "nearest":
                return value(map, x.rounded(.toNearestOrEven), y.rounded(.toNearestOrEven))
            case "linear", "bilinear":
                let left = x.rounded(.down), top = y.rounded(.down), right = x - left, low = y - top
                return (value(map, left, top) * (1 - right) + value(map, left + 1, top) * right) * (1 - low)
                    + (value(map, left, top + 1) * (1 - right) + value(map, left + 1, top + 1) * right) * low
            case "cubic", "bicubic":
                let left = x.rounded(.down), top = y.rounded(.down)
                let across = cubic(x - left), down = cubic(y - top)
                return (0..<4).reduce(Float(0)) { sum, row in
                    sum + down[row]
                        * (0..<4).reduce(Float(0)) {
                            $0 + across[$1] * value(map, left + Float($1 - 1), top + Float(row - 1))
                        }
                }
            default: throw NodeProblem("sampling of the mode '\(mode)' is not known", kind: .unsupported)
            }
        }
        var result: [Float] = []
        result.reserveCapacity(shape.reduce(1, *))
        for image in 0..<batch {
            for channel in 0..<channels {
                let map = (image * channels + channel) * height * width
                for place in 0..<rows * columns {
                    let start = (image * rows * columns + place) * 2
                    var x = pixel(places[start], width), y = pixel(places[start + 1], height)
                    if mode != "cubic", mode != "bicubic" { (x, y) = (bordered(x, width), bordered(y, height)) }
                    guard x.isFinite, y.isFinite else {
                        result.append(0)
                        continue
                    }
                    result.append(try sample(map, x, y))
                }
            }
        }
        return ONNXTensor(result, shape: shape, kind: input.kind)
    }

    /// The mean, or the greatest, of the map under each cell of each region. He et al., "Mask R-CNN", 2017.
    static func alignedRegions(_ evaluation: Evaluation) throws -> ONNXTensor {
        let input = try evaluation.tensor(0), regions = try evaluation.tensor(1)
        let images = try evaluation.integers(2), node = evaluation.node
        guard input.rank == 4, regions.rank == 2, regions.shape[1] == 4, images.count == regions.shape[0],
            images.allSatisfy({ (0..<input.shape[0]).contains($0) })
        else { throw NodeProblem("regions of \(regions.shape) do not fit maps of \(input.shape)") }
        let rows = try node.integer("output_height", or: 1), columns = try node.integer("output_width", or: 1)
        let ratio = try node.integer("sampling_ratio", or: 0), scale = try node.float("spatial_scale", or: 1)
        let isMean = try node.text("mode", or: "avg") == "avg"
        let isHalfPixel =
            try node.text(
                "coordinate_transformation_mode", or: evaluation.version < 16 ? "output_half_pixel" : "half_pixel")
            == "half_pixel"
        guard rows > 0, columns > 0, (0...64).contains(ratio) else {
            throw NodeProblem("regions of \(rows)x\(columns) are impossible")
        }
        let (channels, height, width) = (input.shape[1], input.shape[2], input.shape[3])
        let shape = [regions.shape[0], channels, rows, columns]
        try Evaluation.checkedCount(shape)
        let values = try evaluation.floats(0), boxes = try evaluation.floats(1)
        var result: [Float] = []
        result.reserveCapacity(shape.reduce(1, *))
        /// The four pixels around a place with their shares.
        func taps(_ x: Float, _ y: Float) -> [(place: Int, weight: Float)] {
            guard y >= -1, y <= Float(height), x >= -1, x <= Float(width) else { return [] }
            let x = max(x, 0), y = max(y, 0)
            let left = min(Int(saturating: x), width - 1), top = min(Int(saturating: y), height - 1)
            let right = min(left + 1, width - 1), bottom = min(top + 1, height - 1)
            let across = left == width - 1 ? 0 : x - Float(left), down = top == height - 1 ? 0 : y - Float(top)
            return [
                (top * width + left, (1 - across) * (1 - down)), (top * width + right, across * (1 - down)),
                (bottom * width + left, (1 - across) * down), (bottom * width + right, across * down),
            ]
        }
        for (region, image) in images.enumerated() {
            let offset: Float = isHalfPixel ? 0.5 : 0
            let box = (0..<4).map { boxes[4 * region + $0] * scale - offset }
            guard box.allSatisfy(\.isFinite) else { throw NodeProblem("region \(region) has no place") }
            var (boxWidth, boxHeight) = (box[2] - box[0], box[3] - box[1])
            if !isHalfPixel { (boxWidth, boxHeight) = (max(boxWidth, 1), max(boxHeight, 1)) }
            let cell = (width: boxWidth / Float(columns), height: boxHeight / Float(rows))
            func count(_ size: Float) -> Int { ratio > 0 ? ratio : max(Int(saturating: min(size.rounded(.up), 64)), 1) }
            let across = count(cell.width), down = count(cell.height)
            for channel in 0..<channels {
                let map = (image * channels + channel) * height * width
                for row in 0..<rows {
                    for column in 0..<columns {
                        var sum: Float = 0, greatest = -Float.infinity
                        for y in 0..<down {
                            for x in 0..<across {
                                let parts = taps(
                                    box[0] + (Float(column) + (Float(x) + 0.5) / Float(across)) * cell.width,
                                    box[1] + (Float(row) + (Float(y) + 0.5) / Float(down)) * cell.height)
                                let products = parts.map { values[map + $0.place] * $0.weight }
                                sum += products.reduce(0, +)
                                greatest = max(greatest, products.max() ?? 0)
                            }
                        }
                        result.append(isMean ? sum / Float(across * down) : greatest)
                    }
                }
            }
        }
        return ONNXTensor(result, shape: shape, kind: input.kind)
    }
}
