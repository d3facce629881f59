import NeedletailKernels

/// A map resized by mixing rows and columns with any shares: bilinear, cubic, with any convention of where pixels lie.
public struct Resampling: Operator, InferenceOperator {
    public static let name = "resample"

    public var rows: ResamplingTaps
    public var columns: ResamplingTaps

    public init(rows: ResamplingTaps, columns: ResamplingTaps) {
        self.rows = rows
        self.columns = columns
    }

    public var attributes: [String] { ["\(rows.taps.count)x\(columns.taps.count)"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs)
        guard inputs[0].shape.isMap else {
            throw OperatorError("it takes maps [batch, height, width, channels], not \(inputs[0])")
        }
        for (taps, size) in [(rows, inputs[0].shape.height), (columns, inputs[0].shape.width)] {
            guard taps.taps.joined().allSatisfy({ (0..<size).contains($0.place) }) else {
                throw OperatorError("it reads places that \(inputs[0]) does not have")
            }
        }
        var type = inputs[0]
        type.shape.height = rows.taps.count
        type.shape.width = columns.taps.count
        return [type]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.inputs[0].type.shape
        let kernel = ResamplingKernel(
            batch: shape.batch, height: shape.height, width: shape.width, channels: shape.channels, rows: rows,
            columns: columns)
        return ForwardStep(Self.name, site) { inputs, output, pool in kernel.run(inputs[0], to: output, pool: pool) }
    }
}
