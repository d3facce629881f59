import Needletail

/// A summary as `--json` has it.
struct SummaryDocument: Encodable {
    var model: String
    var inputShape: [Int]
    var layers: [GraphSummary.Layer]
    var weightCount: Int
    var statisticCount: Int
    /// Bytes of all parameters.
    var parameterBytes: Int
    var multiplyAdds: Int
    /// Bytes of the outputs of all layers.
    var outputBytes: Int
    /// Bytes that an inference takes besides the weights: outputs make way for one another.
    var inferenceBytes: Int
    var trainableLayers: Int?
    /// Numbers that change when so many layers of the backbone are trained, and their share.
    var trainedCount: Int?
    var trainedShare: Double?

    init(subject: SummarySubject, summary: GraphSummary, inferenceMemory: Int, trainableLayers: Int?) {
        model = subject.name
        inputShape = summary.inputShape
        layers = summary.layers
        weightCount = summary.weightCount
        statisticCount = summary.statisticCount
        parameterBytes = (summary.weightCount + summary.statisticCount) * ElementType.float32.size
        multiplyAdds = summary.multiplyAdds
        outputBytes = summary.byteCount
        inferenceBytes = inferenceMemory
        self.trainableLayers = trainableLayers
        if trainableLayers != nil {
            trainedCount = summary.trainedCount
            trainedShare = Double(summary.trainedCount) / Double(max(summary.weightCount, 1))
        }
    }
}
