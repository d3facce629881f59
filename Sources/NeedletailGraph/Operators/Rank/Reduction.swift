import NeedletailKernels

/// One number of all along some axes, which stay with size 1 or are left out.
public struct Reduction: Operator, InferenceOperator {
    public static let name = "reduce"

    public var function: ReductionFunction
    public var axes: Set<Int>
    public var keepsAxes: Bool

    public init(_ function: ReductionFunction, axes: Set<Int>, keepsAxes: Bool) {
        self.function = function
        self.axes = axes
        self.keepsAxes = keepsAxes
    }

    public var attributes: [String] { [function.rawValue, "axes=\(axes.sorted())"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs)
        let sizes = inputs[0].shape.dimensions
        guard axes.allSatisfy(sizes.indices.contains) else {
            throw OperatorError("\(inputs[0]) has no axes \(axes.sorted())")
        }
        return [
            TensorType(
                TensorShape(
                    sizes.indices.filter { keepsAxes || !axes.contains($0) }.map { axes.contains($0) ? 1 : sizes[$0] }))
        ]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let kernel = ReductionKernel(function, shape: site.inputs[0].type.shape.dimensions, axes: axes)
        return ForwardStep("\(Self.name) \(function.rawValue)", site) { inputs, output, pool in
            kernel.run(inputs[0], to: output, pool: pool)
        }
    }
}
