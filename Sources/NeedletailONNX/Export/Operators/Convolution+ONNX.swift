import NeedletailGraph

extension Convolution: ONNXOperator {
    /// Whether each pixel is multiplied by a matrix.
    private var isMatrix: Bool {
        kernel == 1 && stride == 1 && groups == 1
            && {
                switch padding {
                case .edges(let edges): edges == 0
                case .valid, .same: true
                }
            }()
    }

    /// A product of matrices with constants is a convolution of one pixel here, and one of matrices there.
    func axes(_ given: ONNXAxes) -> ONNXAxes {
        isMatrix && given == .asInGraph(4) ? given : .channelsSecond(given.rank)
    }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        if site.axes == .asInGraph(4) {
            return write(at: site, weightShape: [weight.shape[1], weight.shape[0]], isTransposed: true) {
                input, weights in
                let product = site.node("MatMul", [input, weights[0]])
                return weights.count > 1 ? site.node("Add", [product, weights[1]]) : product
            }
        }
        let attributes = site.padding(padding, window: kernel.dilated(by: dilation), stride: stride).merging([
            "kernel_shape": .extent(kernel), "strides": .extent(stride), "dilations": .extent(dilation),
            "group": .integer(Int64(groups)),
        ]) { $1 }
        return write(at: site, weightShape: weight.shape) { input, weights in
            site.node("Conv", [input] + weights, attributes)
        }
    }
}
