import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

extension NearestUpsampling: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        [
            site.resize(
                like: site.inputs[1],
                [
                    "mode": .text("nearest"), "coordinate_transformation_mode": .text("asymmetric"),
                    "nearest_mode": .text("floor"),
                ])
        ]
    }
}

extension BilinearUpsampling: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let attributes: [String: ONNXAttribute] = [
            "mode": .text("linear"), "coordinate_transformation_mode": .text("half_pixel"),
        ]
        guard let factor else { return [site.resize(like: site.inputs[1], attributes)] }
        return [site.resize(by: factor, attributes)]
    }
}

extension ONNXSite {
    /// Resized by whole factors.
    fileprivate func resize(by factor: Extent, _ attributes: [String: ONNXAttribute]) -> String {
        let scales = writer.floats(
            [1, 1, Float(factor.height), Float(factor.width)], [4], named: name + "/scales")
        return node("Resize", [inputs[0], "", scales], attributes)
    }

    /// Resized to the height and width of another map.
    fileprivate func resize(like other: String, _ attributes: [String: ONNXAttribute]) -> String {
        let from = inputTypes[0].shape, to = outputTypes[0].shape
        let isWhole = to.height.isMultiple(of: from.height) && to.width.isMultiple(of: from.width)
        if !isSizeFree, isWhole {
            return resize(
                by: Extent(height: to.height / from.height, width: to.width / from.width), attributes)
        }
        let own = writer.sizes(of: inputs[0], 0..<2, named: name + "/own")
        let wanted =
            isSizeFree
            ? writer.sizes(of: other, 2..<4, named: name + "/wanted")
            : writer.integers([to.height, to.width], named: name + "/wanted")
        let sizes = writer.concatenate([own, wanted], axis: 0, named: name + "/sizes")
        return node("Resize", [inputs[0], "", "", sizes], attributes)
    }
}
