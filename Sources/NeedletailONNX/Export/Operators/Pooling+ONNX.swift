import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

extension PoolingWindow {
    /// Size, strides and dilation.
    fileprivate var attributes: [String: ONNXAttribute] {
        var attributes: [String: ONNXAttribute] = ["kernel_shape": .extent(size), "strides": .extent(stride)]
        if dilation != 1 { attributes["dilations"] = .extent(dilation) }
        return attributes
    }

    /// Rows and columns that the windows of a map reach, so that sizes need not be rounded up: what programs make of
    /// `ceil_mode` differs where a last window would begin behind the map.
    fileprivate func reached(of map: TensorShape) -> EdgePadding {
        let shape = shape(of: map), span = window.size
        func end(_ count: Int, _ stride: Int, _ span: Int, _ extent: Int, _ before: Int) -> Int {
            max((count - 1) * stride + span - extent - before, 0)
        }
        return EdgePadding(
            top: shape.padding.top, left: shape.padding.left,
            bottom: end(shape.outputHeight, stride.height, span.height, map.height, shape.padding.top),
            right: end(shape.outputWidth, stride.width, span.width, map.width, shape.padding.left))
    }
}

extension MaxPooling: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        var attributes = pooling.attributes
        if pooling.roundsUp, !site.isSizeFree {
            attributes["pads"] = .edges(pooling.reached(of: site.inputTypes[0].shape))
        } else {
            attributes.merge(site.padding(pooling.padding, window: pooling.window.size, stride: pooling.stride)) { $1 }
            if pooling.roundsUp { attributes["ceil_mode"] = .integer(1) }
        }
        return [site.node("MaxPool", [site.inputs[0]], attributes)]
    }
}

extension AveragePooling: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        guard pooling.dilation == 1 || site.writer.opset >= 19 else {
            throw site.refusal("means under windows with gaps are told from opset 19 on")
        }
        var attributes = pooling.attributes
        guard pooling.roundsUp else {
            attributes.merge(site.padding(pooling.padding, window: pooling.window.size, stride: pooling.stride)) { $1 }
            attributes["count_include_pad"] = .integer(countsPadding ? 1 : 0)
            return [site.node("AveragePool", [site.inputs[0]], attributes)]
        }
        // What windows reach beyond the padding never counts, the padding itself does where it is to.
        let map = site.inputTypes[0].shape
        let edges = pooling.shape(of: map).padding, reached = pooling.reached(of: map)
        var (value, rest) = (site.inputs[0], site.isSizeFree ? edges : reached)
        if countsPadding, edges != 0 {
            let own =
                site.isSizeFree
                ? edges
                : EdgePadding(
                    top: edges.top, left: edges.left, bottom: min(edges.bottom, reached.bottom),
                    right: min(edges.right, reached.right))
            let pads = site.writer.integers(
                [0, 0, own.top, own.left, 0, 0, own.bottom, own.right], named: site.name + "/pads")
            value = site.node("Pad", [value, pads])
            rest = EdgePadding(
                top: 0, left: 0, bottom: rest.bottom - own.bottom, right: rest.right - own.right)
        }
        attributes["pads"] = .edges(rest)
        attributes["count_include_pad"] = .integer(0)
        if site.isSizeFree { attributes["ceil_mode"] = .integer(1) }
        return [site.node("AveragePool", [value], attributes)]
    }
}
