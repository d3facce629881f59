import NeedletailGeometry
import NeedletailGraph
import NeedletailRuntime

/// The network of a dense detector: it predicts at every place of every level.
///
/// Its outputs are named after what they say and after the levels, `classification.p3` and `regression.p3`: maps of
/// `[batch, height, width, anchors · classes]` and `[batch, height, width, anchors · 4]`.
public struct DenseNetwork {
    /// What an output says.
    public enum Prediction: String, CaseIterable, Sendable {
        /// Logits of the classes.
        case classification
        /// Where the box is, four numbers.
        case regression
        /// The logit of there being anything.
        case objectness
        /// The logit of how near to the middle of a box the place is.
        case centerness
    }

    public let parameters: ParameterStore
    public let graph: Graph
    /// The maps that are predicted on, finest first.
    public let levels: [FeatureLevel]
    /// From the image upward.
    public let groups: [ParameterGroup]

    /// Records a network.
    ///
    /// - Parameters:
    ///   - parameters: Those of all its layers.
    ///   - predictions: What is said of an image: of each kind the values of all levels.
    init(
        parameters: ParameterStore, levels: [FeatureLevel], groups: [ParameterGroup],
        _ predictions: (Value) -> [(kind: Prediction, values: [Value])]
    ) {
        self.parameters = parameters
        self.levels = levels
        self.groups = groups
        graph = Graph { builder in
            for prediction in predictions(builder.input("image", channels: 3)) {
                for (level, value) in zip(levels, prediction.values) {
                    builder.output("\(prediction.kind.rawValue).\(level.name)", value)
                }
            }
        }
    }
}

/// What a plan of a dense network, or of its upper part, predicts on each level.
public struct DenseOutputs {
    let plan: Plan
    let levels: [FeatureLevel]

    package init(_ plan: Plan, levels: [FeatureLevel]) {
        self.plan = plan
        self.levels = levels
    }

    private func index(_ prediction: DenseNetwork.Prediction, _ level: Int) -> Int {
        plan.index(ofOutput: "\(prediction.rawValue).\(levels[level].name)")
    }

    /// The numbers of all images of the batch.
    public func values(_ prediction: DenseNetwork.Prediction, level: Int) -> UnsafeBufferPointer<Float> {
        plan.output(index(prediction, level))
    }

    /// Where the loss writes how it changes with each number; nil in a plan that does not train.
    public func gradients(_ prediction: DenseNetwork.Prediction, level: Int) -> UnsafeMutableBufferPointer<Float>? {
        plan.outputGradient(index(prediction, level))
    }

    /// Height and width of each level's map.
    public var mapSizes: [(height: Int, width: Int)] {
        levels.indices.map { level in
            let shape = plan.outputShapes[index(.classification, level)]
            return (shape.height, shape.width)
        }
    }

    /// The size of the padded images that a plan of the whole network reads.
    var input: (height: Int, width: Int) { (plan.inputShape.height, plan.inputShape.width) }

    /// Images of the batch.
    public var imageCount: Int { plan.outputShapes[index(.classification, 0)].batch }
}
