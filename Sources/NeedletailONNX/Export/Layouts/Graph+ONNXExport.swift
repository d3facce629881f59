import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

extension ONNXExport {
    /// Writes a graph of one input as it is: its outputs under their names, maps as `[batch, channels, height, width]`.
    ///
    /// - Parameters:
    ///   - inputShape: Of the maps that it reads.
    ///   - options: The layout and the size mean nothing here.
    /// - Throws: ``ONNXError`` for what cannot be said in ONNX, and `GraphError` for an input that the graph cannot take.
    public init(_ graph: Graph, inputShape: TensorShape, options: Options = Options(layout: .raw)) throws {
        try Self.check(options)
        let export = try ONNXGraphExport(graph, inputs: [TensorType(inputShape)])
        let input = ONNXInput(
            size: Extent(height: inputShape.height, width: inputShape.width), channels: inputShape.channels,
            isSizeFree: options.isDynamic && export.allowsOtherSizes,
            isBatchFree: options.isDynamic && export.allowsOtherBatches)
        let writer = ONNXWriter(
            opset: options.opset, isHalf: options.isHalf, reserved: [ONNXInput.name] + graph.outputs.map(\.name))
        let values = try export.write(
            to: writer, reading: writer.input(ONNXInput.name, input.dimensions), isSizeFree: input.isSizeFree)
        for output in graph.outputs { writer.output(output.name, values[output.name], of: input) }
        self.init(
            writer, options: options, architecture: "graph", classes: [], input: input, metadata: [], companions: [])
    }
}

extension ONNXWriter {
    /// Makes a value of a graph a result: a map as it lies in ONNX, or rows.
    func output(_ name: String, _ value: (value: String, type: TensorType)?, of input: ONNXInput) {
        guard let (value, type) = value else { preconditionFailure("an output \(name) that no node makes") }
        let shape = type.shape
        guard shape.isMap else {
            let own = ONNXAxes.channelsSecond(shape.rank).arranged(shape.dimensions)
            return output(name, value, (own.isEmpty ? [] : [input.batch]) + own.dropFirst().map { .fixed($0) })
        }
        let sides: [ONNXValue.Dimension] =
            input.isSizeFree
            ? [.free("\(name).height"), .free("\(name).width")] : [.fixed(shape.height), .fixed(shape.width)]
        output(name, value, [input.batch, .fixed(shape.channels)] + sides)
    }
}
