import NeedletailKernels
import NeedletailNetworks
import NeedletailRuntime
import ReferenceFormula
import ReferenceKernels
import Testing

/// Gradients of every operation against finite differences, through whole training plans.
@Suite(.serialized) struct GradientTests {
    /// A little network, and how its layers are applied.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var build: @Sendable (ParameterScope) -> (Value) -> [Value]
    }

    static func convolution(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1,
        hasBias: Bool = true
    ) -> Convolution {
        Convolution(
            scope, inputChannels: inputs, outputChannels: outputs, kernel: kernel, stride: stride, groups: groups,
            hasBias: hasBias, initializedBy: .kaimingUniform(slope: 1, seed: 1))
    }

    static let cases: [Case] = [
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
                let value = first(image).maxPooled(kernel: 3, stride: 2, padding: 1)
                return [last(value.averagePooled(kernel: 2, stride: 1).globalAveragePooled())]
            }
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
    ]

    /// The directional derivative of `Σ weights · outputs` along a random direction of each parameter, by central
    /// differences of plans that compute convolutions from their definition, against the gradient.
    @Test(arguments: cases)
    func agreesWithFiniteDifferences(item: Case) throws {
        let store = ParameterStore()
        let apply = item.build(store.root)
        for parameter in store.parameters where parameter.name.hasSuffix("running_var") {
            parameter.update { for index in $0.indices { $0[index] = 0.5 + Float(index % 3) } }
        }
        let graph = Graph(inputChannels: 3, apply)
        let shape = TensorShape(batch: 2, height: 9, width: 11, channels: 3)
        let pool = ThreadPool(threadCount: 2)
        let gradients = ParameterGradients(parameters: store.parameters.filter { $0.role == .weight })
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
            #expect(abs(difference - expected) / scale < 2e-2, "\(parameter.name): \(expected), \(difference)")
        }
    }

    /// A part of the network below the lowest trained parameter runs as inference: no gradient, less memory.
    @Test func nothingIsComputedBelowTheLowestTrainedParameter() throws {
        let store = ParameterStore()
        let network = ResNet(store.root, architecture: .resnet18, classCount: 10, normalization: .frozen)
        let graph = Graph(inputChannels: 3) { [network($0)] }
        func memory(_ layers: Int) throws -> Int {
            let trained = store.parameters.filter {
                $0.role == .weight && (ResNet.isTrained(name: $0.name, layers: layers) || $0.name.hasPrefix("fc."))
            }
            let gradients = ParameterGradients(parameters: trained)
            let plan = try Plan(
                graph: graph, inputShape: TensorShape(batch: 2, height: 64, width: 64, channels: 3),
                purpose: .training(gradients), pool: ThreadPool(threadCount: 1))
            _ = plan.input.update(fromContentsOf: Formula.signed("image", count: 2 * 64 * 64 * 3))
            plan.forward()
            plan.outputGradient(0)?.update(repeating: 1)
            plan.backward()
            #expect(trained.indices.allSatisfy { gradients[$0].contains { $0 != 0 } })
            return plan.memorySize
        }
        let sizes = try [0, 1, 3, 5].map(memory)
        #expect(sizes == sizes.sorted() && sizes[0] * 2 < sizes[3])
    }
}
