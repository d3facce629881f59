import NeedletailGraph

extension SpaceToDepth: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let writer = site.writer
        switch order {
        case .rows: return [site.node("SpaceToDepth", site.inputs, ["blocksize": .integer(Int64(block))])]
        case .columns:
            // As other programs write and recognise it: every second row and column, side by side.
            let parts = (0..<block * block).map { part in
                writer.slice(
                    site.inputs[0], axes: [2, 3], from: [part % block, part / block], steps: [block, block],
                    named: "\(site.name)/part")
            }
            return [writer.concatenate(parts, axis: 1, named: site.name)]
        }
    }
}
