import NeedletailCharts
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime

/// How long the gradients of a model's layers are in one step of training, from the image upward.
///
/// Where they become much smaller from layer to layer, the lower ones learn hardly anything; where they become much greater,
/// a step leads away. Beside each stands the length of the weights: a step is large or small compared to these.
public struct GradientNorms: Codable, Hashable, Sendable {
    public struct Layer: Codable, Hashable, Sendable {
        /// Such as `layer1.0.conv1`.
        public var name: String
        /// Numbers that are trained.
        public var weightCount: Int
        /// Euclidean norm of their gradient.
        public var gradientNorm: Double
        /// Euclidean norm of the numbers themselves.
        public var weightNorm: Double

        /// The gradient's norm as a share of that of the weights; nil where these are all 0.
        public var share: Double? { weightNorm > 0 ? gradientNorm / weightNorm : nil }
    }

    /// A term of the loss.
    public struct Term: Codable, Hashable, Sendable {
        public var name: String
        public var value: Float
    }

    public var loss: [Term]
    /// Those with weights, in the order in which the network was made.
    public var layers: [Layer]
    /// Of all gradients together.
    public var norm: Double

    /// Runs a batch forward and backward. No weight is changed.
    ///
    /// - Parameters:
    ///   - shape: Of the batch: `[count, height, width, channels]`.
    ///   - normalizesByBatch: Whether batch normalisation uses the statistics of the batch and is trained; otherwise it is
    ///     as it is in inference, and only the other layers are trained.
    /// - Throws: `GraphError` when the batch does not fit, `PlanError`.
    public init<M: Model>(
        of model: M, pixels: [Float], shape: TensorShape, targets: [M.Target], normalizesByBatch: Bool = true,
        pool: ThreadPool
    ) throws {
        let normalizations = model.graph.nodes.compactMap { $0.operation as? BatchNormalization }
        let fixed = normalizesByBatch ? [] : Set(normalizations.flatMap(\.parameters))
        let parameters = model.parameters.parameters.filter { $0.role == .weight && !fixed.contains($0) }
        let gradients = try ParameterGradients(parameters: parameters)
        let plan = try model.plan(
            of: model.graph, inputShapes: [shape], purpose: .training(gradients), pool: pool)
        _ = plan.input.update(fromContentsOf: pixels)
        plan.forward()
        let losses = model.loss(
            of: plan, targets: targets, inputHeight: shape.height, inputWidth: shape.width, pool: pool)
        plan.backward()
        loss = zip(model.lossTerms, losses.terms).map { Term(name: $0, value: $1) }
        norm = Double(gradients.norm(pool: pool))
        var layers: [Layer] = []
        for (index, parameter) in parameters.enumerated() {
            let name = Self.layer(of: parameter.name)
            if layers.last?.name != name {
                layers.append(Layer(name: name, weightCount: 0, gradientNorm: 0, weightNorm: 0))
            }
            let last = layers.count - 1
            layers[last].weightCount += parameter.count
            layers[last].gradientNorm += Self.squares(UnsafeBufferPointer(gradients[index]))
            layers[last].weightNorm += Self.squares(parameter.values)
        }
        self.layers = layers.map { layer in
            var layer = layer
            layer.gradientNorm = layer.gradientNorm.squareRoot()
            layer.weightNorm = layer.weightNorm.squareRoot()
            return layer
        }
    }

    private static func squares(_ numbers: UnsafeBufferPointer<Float>) -> Double {
        numbers.reduce(0) { $0 + Double($1) * Double($1) }
    }

    /// A parameter's name without the last part.
    private static func layer(of name: String) -> String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    /// A bar for each layer, over powers of ten.
    public func chart(title: String) -> Image {
        BarChart(
            title: title, axisLabel: "norm of the gradient",
            bars: layers.map { .init(name: $0.name, value: $0.gradientNorm) }
        ).image()
    }
}
