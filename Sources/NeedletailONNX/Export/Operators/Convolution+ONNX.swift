import NeedletailGraph

extension Convolution: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let attributes = site.padding(padding, window: kernel.dilated(by: dilation), stride: stride).merging([
            "kernel_shape": .extent(kernel), "strides": .extent(stride), "dilations": .extent(dilation),
            "group": .integer(Int64(groups)),
        ]) { $1 }
        return write(at: site, weightShape: weight.shape) { input, weights in
            site.node("Conv", [input] + weights, attributes)
        }
    }
}
