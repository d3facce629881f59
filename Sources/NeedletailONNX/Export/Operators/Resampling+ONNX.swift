import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// The usual ways of resizing by their names, and any other as products with the share of each pixel.
extension Resampling: ONNXOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool { true }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let map = site.inputTypes[0].shape
        if let attributes = Self.usual.first(where: { mode, _ in
            makes(rows, of: map.height, mode) && makes(columns, of: map.width, mode)
        })?.attributes {
            let sizes = site.writer.integers(
                [map.batch, map.channels, rows.taps.count, columns.taps.count], named: site.name + "/sizes")
            return [site.node("Resize", [site.inputs[0], "", "", sizes], attributes)]
        }
        func shares(_ taps: ResamplingTaps, of size: Int) -> [[Float]] {
            taps.taps.map { taps in
                taps.reduce(into: [Float](repeating: 0, count: size)) { $0[$1.place] += $1.weight }
            }
        }
        let down = shares(rows, of: map.height), across = shares(columns, of: map.width)
        let left = site.writer.floats(
            down.flatMap { $0 }, [down.count, map.height], named: site.name + "/rows")
        let right = site.writer.floats(
            (0..<map.width).flatMap { place in across.map { $0[place] } }, [map.width, across.count],
            named: site.name + "/columns")
        return [site.node("MatMul", [left, site.node("MatMul", [site.inputs[0], right])])]
    }

    private func makes(_ taps: ResamplingTaps, of size: Int, _ mode: ResizeTable.Mode) -> Bool {
        let count = taps.taps.count
        let table = try? ResizeTable(
            input: size, output: count, scale: Float(count) / Float(size), region: (0, 1), mode: mode)
        return table.map { ResamplingTaps(taps: $0.taps) == taps } ?? false
    }

    private static let usual: [(mode: ResizeTable.Mode, attributes: [String: ONNXAttribute])] = {
        ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"].flatMap { coordinates in
            [
                (ResizeTable.Mode.Interpolation.linear, "linear", Float(-0.75)), (.cubic, "cubic", -0.75),
                (.cubic, "cubic", -0.5),
            ]
            .map { interpolation, name, factor in
                var mode = ResizeTable.Mode()
                (mode.interpolation, mode.coordinates, mode.cubicFactor) = (interpolation, coordinates, factor)
                return (
                    mode,
                    [
                        "mode": .text(name), "coordinate_transformation_mode": .text(coordinates),
                        "cubic_coeff_a": .float(factor),
                    ]
                )
            }
        }
    }()
}
