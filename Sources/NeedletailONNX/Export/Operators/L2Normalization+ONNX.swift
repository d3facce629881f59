import NeedletailGraph

extension L2Normalization: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let length = site.writer.reduce("ReduceL2", site.inputs[0], axes: [1], named: site.name)
        let divisor = site.node("Max", [length, site.writer.float(epsilon, named: site.name + "/epsilon")])
        return [site.node("Mul", [site.node("Div", [site.inputs[0], divisor]), site.channelWeight(weight)])]
    }
}
