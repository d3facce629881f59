/// In which order the axes of a graph's tensor stand in ONNX: for each axis there the one of the graph that it is.
struct ONNXAxes: Hashable {
    var order: [Int]

    var rank: Int { order.count }

    static func asInGraph(_ rank: Int) -> ONNXAxes { ONNXAxes(order: Array(0..<rank)) }

    /// The channels, which are last in a graph, stand behind the batch.
    static func channelsSecond(_ rank: Int) -> ONNXAxes {
        rank < 3 ? asInGraph(rank) : ONNXAxes(order: [0, rank - 1] + Array(1..<rank - 1))
    }

    /// Where an axis of the graph stands.
    func place(of axis: Int) -> Int { order.firstIndex(of: axis) ?? axis }

    /// Where the channels stand.
    var channels: Int { place(of: rank - 1) }

    /// What is told of each axis of the graph, in the order in which these stand.
    func arranged<Fact>(_ facts: [Fact]) -> [Fact] { order.map { facts[$0] } }
}
