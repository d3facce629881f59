import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import ReferenceFormula
import ReferenceKernels
import Testing

/// Gradients of every operation against finite differences, through whole training plans.
@Suite(.serialized) struct GradientTests {
    /// A little network, and how its layers are applied.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Of the difference from the gradient, relative to it; greater where a function has a kink that some number is
        /// moved across.
        var tolerance = 2e-2
        var build: @Sendable (ParameterScope) -> (Value) -> [Value]
    }

    static func convolution(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, kernel: Extent = 3, stride: Extent = 1, groups: Int = 1,
        hasBias: Bool = true
    ) -> Convolution {
        Convolution(
            scope, inputChannels: inputs, outputChannels: outputs, kernel: kernel, stride: stride, groups: groups,
            hasBias: hasBias, initializedBy: .kaimingUniform(slope: 1, seed: 1))
    }

    static let cases: [Case] =
        [
            Case(testDescription: "convolution, stride 2, ReLU") { scope in
                let first = convolution(scope["a"], 3, 8, stride: 2), second = convolution(scope["b"], 8, 5)
                return { [second(first($0).relu())] }
            },
            Case(testDescription: "residual block with folded normalisation") { scope in
                let stem = convolution(scope["s"], 3, 6)
                let first = convolution(scope["a"], 6, 6, hasBias: false),
                    second = convolution(scope["b"], 6, 6, hasBias: false)
                let norms = ["m", "n"].map { BatchNormalization(scope[$0], channels: 6, kind: .frozen) }
                return { image in
                    let input = stem(image)
                    return [(norms[1](second(norms[0](first(input)).relu())) + input).relu()]
                }
            },
            Case(testDescription: "trained batch normalisation") { scope in
                let first = convolution(scope["a"], 3, 7, hasBias: false), second = convolution(scope["b"], 7, 4)
                let norm = BatchNormalization(scope["n"], channels: 7, kind: .trained)
                return { [second(norm(first($0)))] }
            },
            Case(testDescription: "trained batch normalisation with activations behind it") { scope in
                let first = convolution(scope["a"], 3, 19, hasBias: false)
                let second = convolution(scope["b"], 19, 6, hasBias: false), third = convolution(scope["c"], 6, 4)
                let norms = [19, 6].map { BatchNormalization(scope["n\($0)"], channels: $0, kind: .trained) }
                return { image in
                    let inner = norms[0](first(image)).applying(.silu)
                    return [third(norms[1](second(inner)).applying(.hardSwish))]
                }
            },
            Case(testDescription: "group normalisation and grouped convolution") { scope in
                let first = convolution(scope["a"], 3, 8, hasBias: false)
                let second = convolution(scope["b"], 8, 8, groups: 8)
                let norm = GroupNormalization(scope["n"], channels: 8, groups: 4)
                return { [second(norm(first($0)))] }
            },
            Case(testDescription: "pooling of every kind and a linear layer") { scope in
                let first = convolution(scope["a"], 3, 6)
                let last = Linear(scope["l"], inputs: 6, outputs: 3, initializedBy: .kaimingUniform(slope: 1, seed: 2))
                return { image in
                    let value = first(image).maxPooled(3, stride: 2, padding: 1)
                    return [last(value.averagePooled(2, stride: 1).globalAveragePooled())]
                }
            },
            Case(testDescription: "rectangles, padding on four sides, strides and dilations of two axes") { scope in
                let first = Convolution(
                    scope["a"], inputChannels: 3, outputChannels: 6, kernel: Extent(height: 2, width: 3),
                    stride: Extent(height: 1, width: 2),
                    padding: .edges(EdgePadding(top: 1, left: 0, bottom: 2, right: 1)), hasBias: true,
                    initializedBy: .kaimingUniform(slope: 1, seed: 1))
                let second = Convolution(
                    scope["b"], inputChannels: 6, outputChannels: 4, kernel: Extent(height: 3, width: 2),
                    padding: .same(excess: .start), dilation: Extent(height: 2, width: 1), hasBias: true,
                    initializedBy: .kaimingUniform(slope: 1, seed: 2))
                return { [second(first($0)).maxPooled(Extent(height: 2, width: 1), stride: 1, padding: .same())] }
            },
            Case(testDescription: "pooling with rounded-up sizes, without the padding") { scope in
                let first = convolution(scope["a"], 3, 4)
                let average = AveragePooling(3, stride: 2, padding: 1, roundsUp: true, countsPadding: false)
                let most = MaxPooling(3, stride: 2, padding: 0, roundsUp: true)
                return { [average(first($0)), most(first($0))] }
            },
            Case(testDescription: "pyramid: upsampling, shared head, two outputs") { scope in
                let first = convolution(scope["a"], 3, 6, stride: 2), second = convolution(scope["b"], 6, 6, stride: 2)
                let lateral = convolution(scope["c"], 6, 6, kernel: 1), head = convolution(scope["h"], 6, 4)
                return { image in
                    let fine = first(image).relu()
                    let coarse = second(fine)
                    let merged = lateral(fine) + coarse.upsampled(toSizeOf: fine)
                    return [head(merged), head(coarse)]
                }
            },
            Case(testDescription: "blocks of pixels as channels, side by side with others") { scope in
                let first = convolution(scope["a"], 12, 6, kernel: 1), second = convolution(scope["b"], 24, 4)
                let stem = Convolution(
                    scope["c"], inputChannels: 3, outputChannels: 3, kernel: 2, padding: .valid, hasBias: true,
                    initializedBy: .kaimingUniform(slope: 1, seed: 1))
                return { image in
                    let value = stem(image)
                    let rows = SpaceToDepth(block: 2, order: .rows)(value)
                    let columns = SpaceToDepth(block: 2, order: .columns)(value)
                    // A part that is read twice gets the sum of its gradients.
                    let shared = first(columns)
                    return [second(Concatenation()([shared, rows, shared]))]
                }
            },
            Case(testDescription: "squeeze and excitation, and a map by itself") { scope in
                let first = convolution(scope["a"], 3, 6), last = convolution(scope["b"], 6, 4)
                let squeeze = convolution(scope["s"], 6, 3, kernel: 1),
                    excite = convolution(scope["e"], 3, 6, kernel: 1)
                return { image in
                    let map = first(image)
                    let factors = excite(squeeze(map.globalAveragePooled()).applying(.silu)).applying(.sigmoid)
                    return [last(map * factors), map * map]
                }
            },
            Case(testDescription: "linear layers on a map and behind a flattened one") { scope in
                let first = convolution(scope["a"], 3, 4, stride: 2)
                let direct = Linear(
                    scope["d"], inputs: 4 * 5 * 6, outputs: 3, initializedBy: .kaimingUniform(slope: 1, seed: 2))
                let flat = Linear(
                    scope["f"], inputs: 4 * 2 * 3, outputs: 3, initializedBy: .kaimingUniform(slope: 1, seed: 3))
                let pool = AdaptiveAveragePooling(Extent(height: 2, width: 3))
                return { image in
                    let map = first(image)
                    return [direct(map), flat(Dropout(0.5)(pool(map).flattened())), map.flattened()]
                }
            },
            Case(testDescription: "local response normalisation, layer normalisation, softmax") { scope in
                let first = convolution(scope["a"], 3, 7), second = convolution(scope["b"], 7, 7)
                let norm = LayerNormalization(scope["n"], channels: 7)
                let local = LocalResponseNormalization(size: 4, alpha: 0.5, k: 2)
                return { [Softmax()(second(norm(local(first($0)))))] }
            },
            Case(testDescription: "L2 normalisation") { scope in
                let first = convolution(scope["a"], 3, 19), second = convolution(scope["b"], 19, 4)
                let norm = L2Normalization(scope["n"], name: "scale", channels: 19, scale: 3)
                return { [second(norm(first($0)))] }
            },
            Case(testDescription: "transposed convolutions and bilinear upsampling") { scope in
                let first = convolution(scope["a"], 3, 4, stride: 2)
                let up = TransposedConvolution(
                    scope["u"], inputChannels: 4, outputChannels: 6, kernel: 3, stride: 2, padding: 1,
                    outputPadding: Extent(height: 0, width: 1), groups: 2, hasBias: true,
                    initializedBy: .kaimingUniform(slope: 1, seed: 2))
                let frozen = TransposedConvolution(
                    scope["v"], inputChannels: 4, outputChannels: 2, kernel: 2, hasBias: false,
                    initializedBy: .kaimingUniform(slope: 1, seed: 2))
                return { image in
                    let map = first(image)
                    return [up(map), frozen(map), BilinearUpsampling(factor: Extent(height: 2, width: 3))(map)]
                }
            },
        ] + activations

    /// Each behind a convolution that takes it in where it can, and alone, with a normalisation between.
    private static let activations = [
        Activation.relu6, .leakyReLU(slope: 0.1), .silu, .hardSwish, .sigmoid, .hardSigmoid, .tanh, .gelu,
    ].map { function in
        Case(testDescription: function.name, tolerance: 6e-2) { scope in
            let first = convolution(scope["a"], 3, 8), second = convolution(scope["b"], 8, 4)
            let norm = GroupNormalization(scope["n"], channels: 8, groups: 2)
            return { image in
                let inner = first(image).applying(function)
                return [second(norm(inner).applying(function)).applying(function)]
            }
        }
    }

    /// The directional derivative of `Σ weights · outputs` along a random direction of each parameter, by central
    /// differences of plans that compute convolutions from their definition, against the gradient.
    @Test(arguments: cases)
    func agreesWithFiniteDifferences(item: Case) throws {
        let store = ParameterStore()
        let apply = item.build(store.root)
        for parameter in store.parameters where parameter.name.hasSuffix("running_var") {
            parameter.update { for index in $0.indices { $0[index] = 0.5 + Float(index % 3) } }
        }
        let graph = Graph { builder in
            for (index, value) in apply(builder.input("image", channels: 3)).enumerated() {
                builder.output("\(index)", value)
            }
        }
        let shape = TensorShape(batch: 2, height: 9, width: 11, channels: 3)
        let pool = ThreadPool(threadCount: 2)
        let gradients = try ParameterGradients(parameters: store.parameters.filter { $0.role == .weight })
        let plan = try Plan(
            graph: graph, inputShape: shape, purpose: .training(gradients), pool: pool)
        let oracle = try Plan(
            graph: graph, inputShape: shape, purpose: .training(gradients), pool: pool, convolutions: .naive)
        let input = Formula.signed("gradient input", count: shape.count)
        let weights = plan.outputShapes.enumerated().map { Formula.signed("output \($0)", count: $1.count) }

        func loss() -> Double {
            _ = oracle.input.update(fromContentsOf: input)
            oracle.forward()
            return weights.enumerated().reduce(0.0) { sum, entry in
                zip(oracle.output(entry.offset), entry.element).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
            }
        }

        _ = plan.input.update(fromContentsOf: input)
        plan.forward()
        for (index, weights) in weights.enumerated() {
            _ = plan.outputGradient(index)?.update(fromContentsOf: weights)
        }
        plan.backward()
        for (index, parameter) in gradients.parameters.enumerated() {
            let direction = Formula.signed("direction " + parameter.name, count: parameter.count)
            let expected = zip(gradients[index], direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let original = Array(parameter.values)
            let step: Float = 1e-3
            func moved(by factor: Float) -> Double {
                parameter.update { values in
                    for element in values.indices { values[element] = original[element] + factor * direction[element] }
                }
                return loss()
            }
            let difference = (moved(by: step) - moved(by: -step)) / Double(2 * step)
            parameter.update { _ = $0.update(fromContentsOf: original) }
            let scale = max(abs(expected), gradients[index].reduce(0.0) { $0 + abs(Double($1)) } * 0.05, 1e-3)
            #expect(
                abs(difference - expected) / scale < item.tolerance, "\(parameter.name): \(expected), \(difference)")
        }
    }
}
