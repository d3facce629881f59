import NeedletailKernels
import NeedletailPlatform

/// For every place along an axis of a resized tensor the places of the input that it is made of, with their shares.
///
/// Resizing goes axis by axis. Source: ONNX's operator `Resize`, versions 10 to 19.
struct ResizeTable {
    typealias Tap = ResamplingTaps.Tap

    /// Empty where the extrapolation's number stands.
    var taps: [[Tap]]

    /// What all axes of a `Resize` have in common.
    struct Mode: Hashable {
        enum Interpolation: Hashable { case nearest, linear, cubic }

        var interpolation = Interpolation.nearest
        var coordinates = "half_pixel"
        var nearest = "round_prefer_floor"
        var cubicFactor: Float = -0.75
        var excludesOutside = false
        var antialiases = false
    }

    /// - Parameters:
    ///   - scale: Of sizes, output over input, as the node gives it: it may differ a little from that of the sizes.
    ///   - region: Of the input, in shares of its size, for `tf_crop_and_resize`.
    init(input: Int, output: Int, scale: Float, region: (start: Float, end: Float), mode: Mode) throws {
        guard input > 0, scale > 0, scale.isFinite else { throw NodeProblem("nothing can be resized by \(scale)") }
        if input == output, scale == 1, mode.coordinates != "tf_crop_and_resize" {
            taps = (0..<output).map { [Tap(place: $0, weight: 1)] }
            return
        }
        taps = []
        taps.reserveCapacity(output)
        let size = Float(input)
        // Before it was rounded; of sizes that are given, the rounding is the scale's.
        let length = abs(scale * size - Float(output)) < 1e-3 ? Float(output) : scale * size
        for place in 0..<output {
            let x = Float(place)
            let source: Float
            switch mode.coordinates {
            case "half_pixel": source = (x + 0.5) / scale - 0.5
            case "half_pixel_symmetric":
                let adjustment = Float(output) / (scale * size), center = size / 2
                source = center * (1 - adjustment) + (x + 0.5) / scale - 0.5
            case "pytorch_half_pixel": source = output > 1 ? (x + 0.5) / scale - 0.5 : 0
            case "align_corners": source = length > 1 ? x * (size - 1) / (length - 1) : 0
            case "asymmetric": source = x / scale
            case "tf_half_pixel_for_nn": source = (x + 0.5) / scale
            case "tf_crop_and_resize":
                source =
                    output > 1
                    ? region.start * (size - 1) + x * (region.end - region.start) * (size - 1) / Float(output - 1)
                    : 0.5 * (region.start + region.end) * (size - 1)
                if !(source >= 0 && source <= size - 1) {
                    taps.append([])
                    continue
                }
            case let name: throw NodeProblem("coordinates of the mode '\(name)' are not known", kind: .unsupported)
            }
            guard source.isFinite, abs(source) < 1e9 else { throw NodeProblem("nothing can be resized by \(scale)") }
            taps.append(try Self.taps(at: source, input: input, scale: scale, mode: mode))
        }
    }

    /// Places on either side that count.
    private static func reach(_ distance: Float) throws -> Int {
        guard distance <= 1e6 else { throw NodeProblem("nothing can be resized by \(1 / distance)") }
        return Int(saturating: distance.rounded(.up))
    }

    private static func taps(at source: Float, input: Int, scale: Float, mode: Mode) throws -> [Tap] {
        var found: [Tap]
        let floor = source.rounded(.down)
        switch mode.interpolation {
        case .nearest:
            let nearest: Float
            switch mode.nearest {
            case "round_prefer_floor": nearest = (source - 0.5).rounded(.up)
            case "round_prefer_ceil": nearest = (source + 0.5).rounded(.down)
            case "floor": nearest = floor
            case "ceil": nearest = source.rounded(.up)
            case let name: throw NodeProblem("rounding of the mode '\(name)' is not known", kind: .unsupported)
            }
            return [Tap(place: min(max(Int(saturating: nearest), 0), input - 1), weight: 1)]
        case .linear:
            let width = mode.antialiases ? min(scale, 1) : 1
            let reach = try Self.reach(1 / width)
            found = (1 - reach...reach).compactMap { step in
                let weight = 1 - abs(Float(step) - (source - floor)) * width
                return weight > 0 ? Tap(place: Int(saturating: floor) + step, weight: weight) : nil
            }
        case .cubic:
            let width = mode.antialiases ? min(scale, 1) : 1
            let reach = try Self.reach(2 / width), a = mode.cubicFactor
            found = (1 - reach...reach).compactMap { step in
                let t = abs(Float(step) - (source - floor)) * width
                guard t < 2 else { return nil }
                let weight =
                    t <= 1
                    ? ((a + 2) * t - (a + 3)) * t * t + 1 : ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
                return Tap(place: Int(saturating: floor) + step, weight: weight)
            }
        }
        if mode.excludesOutside || mode.antialiases {
            if mode.excludesOutside { found.removeAll { !(0..<input).contains($0.place) } }
            let sum = found.reduce(0) { $0 + $1.weight }
            if sum != 0 { for index in found.indices { found[index].weight /= sum } }
        }
        // What lies outside is the number at the border.
        var merged: [Tap] = []
        for tap in found {
            let place = min(max(tap.place, 0), input - 1)
            if let last = merged.indices.last, merged[last].place == place {
                merged[last].weight += tap.weight
            } else {
                merged.append(Tap(place: place, weight: tap.weight))
            }
        }
        return merged
    }
}
