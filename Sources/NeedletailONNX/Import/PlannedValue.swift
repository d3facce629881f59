import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// A value of the network that a plan computes.
struct PlannedValue {
    var port: Graph.Port
    /// In ONNX's order of the axes.
    var shape: [Int]
    /// For each axis of the graph's tensor the axis of ONNX's that it is: maps lie with their channels last.
    var order: [Int]
    var kind: StoredTensor.ScalarType

    var rank: Int { shape.count }
    var graphShape: [Int] { order.map { shape[$0] } }
    var count: Int { shape.reduce(1, *) }
    var isPlain: Bool { order == Array(0..<rank) }

    /// Batch, height, width, channels: what convolutions read.
    static func channelsLast(_ rank: Int) -> [Int] { rank < 3 ? Array(0..<rank) : [0] + Array(2..<rank) + [1] }

    var isChannelsLast: Bool { order == Self.channelsLast(rank) }

    /// Where an axis of ONNX's lies in the graph's tensor.
    func place(ofAxis axis: Int) -> Int { order.firstIndex(of: axis) ?? axis }

    /// The numbers in ONNX's order.
    func tensor(_ numbers: UnsafeBufferPointer<Float>, pool: ThreadPool) -> ONNXTensor {
        let values: [Float]
        if let source = numbers.baseAddress, !isPlain {
            let kernel = AxisOrderKernel(shape: graphShape, permutation: (0..<rank).map(place(ofAxis:)))
            values = [Float](unsafeUninitializedCapacity: count) { target, written in
                if let base = target.baseAddress { kernel.run(source, to: base, pool: pool) }
                written = count
            }
        } else {
            values = Array(numbers)
        }
        if kind.isFloatingPoint { return ONNXTensor(values, shape: shape, kind: kind) }
        return ONNXTensor(values.map(ONNXTensor.truncated), shape: shape, kind: kind)
    }
}
