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
    /// Multiplications and additions.
    var operations: Int
    /// Bytes of the outputs of all layers.
    var outputBytes: Int
    /// Bytes that an inference takes besides the weights: outputs make way for one another.
    var inferenceBytes: Int
    var trainableLayers: Int?
    /// Numbers that change when so many layers of the backbone are trained, and their share.
    var trainedCount: Int?
    var trainedShare: Double?
    /// How long so many samples take at some speeds.
    var samples: Double?
    var times: [ComputingTime]?
    /// From which scores a detector's detections are best kept, where that is known.
    var scoreThresholds: ScoreThresholds?

    init(
        subject: NetworkSubject, summary: GraphSummary, inferenceMemory: Int, trainableLayers: Int?,
        samples: Double? = nil, speeds: [Double] = []
    ) {
        model = subject.name
        if case .detector(let detector) = subject.task { scoreThresholds = detector.scoreThresholds }
        inputShape = summary.inputShape
        layers = summary.layers
        weightCount = summary.weightCount
        statisticCount = summary.statisticCount
        parameterBytes = (summary.weightCount + summary.statisticCount) * ElementType.float32.size
        multiplyAdds = summary.multiplyAdds
        operations = summary.operations
        outputBytes = summary.byteCount
        inferenceBytes = inferenceMemory
        self.trainableLayers = trainableLayers
        if trainableLayers != nil {
            trainedCount = summary.trainedCount
            trainedShare = Double(summary.trainedCount) / Double(max(summary.weightCount, 1))
        }
        if let samples {
            self.samples = samples
            times = speeds.map { ComputingTime(operations: Double(summary.operations), samples: samples, speed: $0) }
        }
    }
}

/// How long a computation takes that does nothing else: operations times samples by speed.
struct ComputingTime: Encodable {
    /// Operations a second.
    var speed: Double
    var forwardSeconds: Double
    /// Forward and backward: the gradients of the maps and those of the weights cost as much as the maps, each.
    var trainingSeconds: Double

    init(operations: Double, samples: Double, speed: Double) {
        self.speed = speed
        forwardSeconds = operations * samples / speed
        trainingSeconds = 3 * forwardSeconds
    }
}
