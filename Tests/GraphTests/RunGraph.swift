import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime

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
