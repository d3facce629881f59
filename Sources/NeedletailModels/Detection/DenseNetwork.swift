import NeedletailGeometry
import NeedletailGraph
import NeedletailRuntime

/// The network of a dense detector: it classifies every anchor of every level and says by how much its box is off.
///
/// Its outputs are named after the levels, `classification.p3` and `regression.p3`: maps of
/// `[batch, height, width, anchors · classes]` and `[batch, height, width, anchors · 4]`.
public struct DenseNetwork {
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
    ///   - head: Predicts on the maps of the levels: the logits of all levels, and the box offsets of all levels.
    init(
        parameters: ParameterStore, levels: [FeatureLevel], groups: [ParameterGroup],
        _ predictions: (Value) -> (classification: [Value], regression: [Value])
    ) {
        self.parameters = parameters
        self.levels = levels
        self.groups = groups
        graph = Graph { builder in
            let outputs = predictions(builder.input("image", channels: 3))
            for (level, value) in zip(levels, outputs.classification) {
                builder.output("classification.\(level.name)", value)
            }
            for (level, value) in zip(levels, outputs.regression) { builder.output("regression.\(level.name)", value) }
        }
    }
}

/// Where a plan of a dense network, or of its upper part, has the predictions of each level.
package struct DenseOutputs {
    package let plan: Plan
    private let classificationIndices: [Int]
    private let regressionIndices: [Int]

    package init(_ plan: Plan, levels: [FeatureLevel]) {
        self.plan = plan
        classificationIndices = levels.map { plan.index(ofOutput: "classification.\($0.name)") }
        regressionIndices = levels.map { plan.index(ofOutput: "regression.\($0.name)") }
    }

    package func logits(_ level: Int) -> UnsafeBufferPointer<Float> { plan.output(classificationIndices[level]) }
    package func offsets(_ level: Int) -> UnsafeBufferPointer<Float> { plan.output(regressionIndices[level]) }

    package func logitGradients(_ level: Int) -> UnsafeMutableBufferPointer<Float>? {
        plan.outputGradient(classificationIndices[level])
    }

    package func offsetGradients(_ level: Int) -> UnsafeMutableBufferPointer<Float>? {
        plan.outputGradient(regressionIndices[level])
    }

    /// Height and width of each level's map.
    package var mapSizes: [(height: Int, width: Int)] {
        classificationIndices.map { (plan.outputShapes[$0].height, plan.outputShapes[$0].width) }
    }
}
