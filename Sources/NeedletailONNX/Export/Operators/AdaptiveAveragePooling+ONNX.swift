import NeedletailGraph
import NeedletailKernels

/// ONNX knows no such operator: windows of one size where the sizes divide, and else a product with the share of each row and
/// column in each part.
extension AdaptiveAveragePooling: ONNXOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool { size != 1 }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let map = site.inputTypes[0].shape
        if size == 1 { return [site.node("GlobalAveragePool", site.inputs)] }
        if (map.height, map.width) == (size.height, size.width) { return site.inputs }
        if map.height.isMultiple(of: size.height), map.width.isMultiple(of: size.width) {
            let window = Extent(height: map.height / size.height, width: map.width / size.width)
            return [
                site.node("AveragePool", site.inputs, ["kernel_shape": .extent(window), "strides": .extent(window)])
            ]
        }
        let kernel = AdaptiveAveragePoolingKernel(
            batch: 1, height: map.height, width: map.width, channels: map.channels, size: size)
        func shares(_ parts: [Range<Int>], of extent: Int) -> [[Float]] {
            parts.map { part in (0..<extent).map { part.contains($0) ? 1 / Float(part.count) : 0 } }
        }
        let rows = shares(kernel.rows, of: map.height), columns = shares(kernel.columns, of: map.width)
        let across = site.writer.floats(
            (0..<map.width).flatMap { place in columns.map { $0[place] } }, [map.width, size.width],
            named: site.name + "/columns")
        let down = site.writer.floats(rows.flatMap { $0 }, [size.height, map.height], named: site.name + "/rows")
        return [site.node("MatMul", [down, site.node("MatMul", [site.inputs[0], across])])]
    }
}
