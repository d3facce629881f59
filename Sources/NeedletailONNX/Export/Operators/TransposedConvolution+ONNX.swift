import NeedletailGraph

extension TransposedConvolution: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let weights = [site.weight(weight)] + (bias.map { [site.weight($0)] } ?? [])
        return [
            site.node(
                "ConvTranspose", [site.inputs[0]] + weights,
                [
                    "kernel_shape": .extent(kernel), "strides": .extent(stride), "dilations": .extent(dilation),
                    "group": .integer(Int64(groups)), "pads": .edges(padding),
                    "output_padding": .extent(outputPadding),
                ])
        ]
    }
}
