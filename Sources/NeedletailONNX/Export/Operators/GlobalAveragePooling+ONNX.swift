import NeedletailGraph

extension GlobalAveragePooling: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.node("GlobalAveragePool", site.inputs)] }
}
