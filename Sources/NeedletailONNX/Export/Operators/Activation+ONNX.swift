import NeedletailGraph
import NeedletailKernels

extension ElementwiseActivation: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [function.write(site.inputs[0], at: site)] }
}

extension Activation {
    /// The function of each number of a value.
    func write(_ value: String, at site: ONNXSite) -> String {
        switch self {
        case .relu: return site.node("Relu", [value])
        case .relu6:
            let limits = [Float(0), 6].map { site.writer.float($0, named: site.name + "/limit") }
            return site.node("Clip", [value] + limits)
        case .leakyReLU(let slope): return site.node("LeakyRelu", [value], ["alpha": .float(slope)])
        case .silu: return site.node("Mul", [value, Activation.sigmoid.write(value, at: site)])
        case .hardSwish where site.writer.opset >= 14: return site.node("HardSwish", [value])
        case .hardSwish: return site.node("Mul", [value, Activation.hardSigmoid.write(value, at: site)])
        case .sigmoid: return site.node("Sigmoid", [value])
        case .hardSigmoid: return site.node("HardSigmoid", [value], ["alpha": .float(1 / 6), "beta": .float(0.5)])
        case .tanh: return site.node("Tanh", [value])
        case .gelu: return site.function("Gelu", value)
        }
    }
}
