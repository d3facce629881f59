import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import ReferenceFormula

/// The only output of a graph for one row of pixels.
func run(_ graph: Graph, width: Int, input: [Float]) throws -> [Float] {
    let plan = try Plan(
        graph: graph,
        inputShapes: [TensorShape(batch: 1, height: 1, width: width, channels: input.count / width)],
        purpose: .inference, pool: ThreadPool(threadCount: 2))
    _ = plan.input.update(fromContentsOf: input)
    plan.forward()
    return Array(plan.output(0))
}

/// A plan that has run twice on one input, the second time with weights that were packed before.
func planRunTwice(
    _ graph: Graph, _ shape: TensorShape, threads: Int, _ convolutions: ConvolutionAlgorithm
) throws -> Plan {
    let plan = try Plan(
        graph: graph, inputShape: shape, purpose: .inference, pool: ThreadPool(threadCount: threads),
        convolutions: convolutions)
    for _ in 0..<2 {
        _ = plan.input.update(fromContentsOf: Formula.signed("image", count: shape.count))
        plan.forward()
    }
    return plan
}
