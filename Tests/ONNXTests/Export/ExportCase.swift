import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import ReferenceFormula
import Testing

/// A small network that is exported, with weights by formula.
struct ExportCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var shape = TensorShape(batch: 1, height: 9, width: 11, channels: 4)
    var options = ONNXExport.Options(layout: .raw)
    var build: @Sendable (ParameterScope) -> (Value) -> [Value]

    var graph: Graph {
        let store = ParameterStore()
        let layers = build(store.root)
        let graph = Graph { builder in
            for (index, value) in layers(builder.input("image", channels: shape.channels)).enumerated() {
                builder.output("y\(index)", value)
            }
        }
        for parameter in store.parameters {
            parameter.update {
                _ = $0.update(fromContentsOf: Formula.parameter(parameter.name, shape: parameter.shape))
            }
        }
        return graph
    }

    static func convolution(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, kernel: Extent = 3, stride: Extent = 1,
        padding: Padding? = nil, dilation: Extent = 1, groups: Int = 1, hasBias: Bool = true
    ) -> Convolution {
        Convolution(
            scope, inputChannels: inputs, outputChannels: outputs, kernel: kernel, stride: stride, padding: padding,
            dilation: dilation, groups: groups, hasBias: hasBias, initializedBy: .kaimingUniform(slope: 1, seed: 1))
    }

    /// Together they hold every operator that there is.
    static let all: [ExportCase] = [
        ExportCase(testDescription: "convolutions") { scope in
            let first = convolution(
                scope["a"], 4, 6, kernel: Extent(height: 2, width: 3), stride: Extent(height: 1, width: 2),
                padding: .edges(EdgePadding(top: 1, left: 0, bottom: 2, right: 1)))
            let second = convolution(
                scope["b"], 6, 4, dilation: Extent(height: 2, width: 1), groups: 2, hasBias: false)
            let third = convolution(scope["c"], 4, 4, stride: 2, padding: .same(excess: .start), groups: 4)
            return { [third(second(first($0)))] }
        },
        ExportCase(testDescription: "normalizations") { scope in
            let first = convolution(scope["a"], 4, 8, hasBias: false), second = convolution(scope["b"], 8, 8)
            let folded = [scope["m"], scope["n"]].map { BatchNormalization($0, channels: 8, kind: .trained) }
            let bare = BatchNormalization(scope["p"], channels: 8, kind: .frozen, epsilon: 1e-3)
            let group = GroupNormalization(scope["g"], channels: 8, groups: 4)
            let layer = LayerNormalization(scope["l"], channels: 8)
            let length = L2Normalization(scope, name: "scale", channels: 8, scale: 20)
            return { image in
                let map = folded[1](second(folded[0](first(image)).relu()))
                let bare = bare(map.relu())
                return [map, bare, group(bare), layer(bare), length(bare)]
            }
        },
        ExportCase(
            testDescription: "local response normalizations", shape: .init(batch: 1, height: 3, width: 2, channels: 9)
        ) { _ in
            { image in
                [5, 4].map { LocalResponseNormalization(size: $0, alpha: 0.5, beta: 0.75, k: 2)(image) }
            }
        },
        ExportCase(testDescription: "activations") { _ in
            { image in
                let functions: [Activation] = [
                    .relu, .relu6, .leakyReLU(slope: 0.1), .silu, .hardSwish, .sigmoid, .hardSigmoid, .tanh, .gelu,
                ]
                return functions.map { image.applying($0) }
            }
        },
        ExportCase(testDescription: "pooling") { _ in
            { image in
                [
                    image.maxPooled(3, stride: 2, padding: 1),
                    MaxPooling(3, stride: 2, roundsUp: true)(image),
                    MaxPooling(2, stride: 3, padding: 1, roundsUp: true)(image),
                    MaxPooling(2, stride: 1, padding: .same(excess: .end), dilation: 2)(image),
                    image.averagePooled(2, stride: 1, padding: 1),
                    AveragePooling(3, stride: 2, padding: 1, roundsUp: true, countsPadding: true)(image),
                    AveragePooling(3, stride: 3, padding: 1, roundsUp: true, countsPadding: false)(image),
                    AveragePooling(2, stride: 3, roundsUp: true)(image),
                    image.globalAveragePooled(),
                    AdaptiveAveragePooling(Extent(height: 2, width: 4))(image),
                    AdaptiveAveragePooling(Extent(height: 3, width: 1))(image), AdaptiveAveragePooling(1)(image),
                ]
            }
        },
        ExportCase(testDescription: "sizes", shape: .init(batch: 1, height: 8, width: 6, channels: 3)) { scope in
            let stem = convolution(scope["a"], 3, 5, stride: 2),
                odd = convolution(scope["b"], 3, 5, kernel: 2, padding: .valid)
            let up = TransposedConvolution(
                scope["u"], inputChannels: 4, outputChannels: 6, kernel: 3, stride: 2,
                padding: EdgePadding(top: 1, left: 0, bottom: 1, right: 1), outputPadding: 1, groups: 2, hasBias: true,
                initializedBy: .kaimingUniform(slope: 1, seed: 1))
            let four = convolution(scope["c"], 3, 4)
            return { image in
                let small = stem(image)
                return [
                    small.upsampled(toSizeOf: image), BilinearUpsampling()(small, image),
                    BilinearUpsampling()(small, odd(image)),
                    BilinearUpsampling(factor: Extent(height: 3, width: 2))(image), up(four(image)),
                    SpaceToDepth(block: 2, order: .rows)(image), SpaceToDepth(block: 2, order: .columns)(image),
                ]
            }
        },
        ExportCase(testDescription: "squeezed and joined") { scope in
            let first = convolution(scope["a"], 4, 6), squeeze = convolution(scope["s"], 6, 6, kernel: 1)
            return { image in
                let map = first(image), factors = squeeze(map.globalAveragePooled()).applying(.hardSigmoid)
                return [Concatenation()([map * factors, image, map + map * map]), Softmax()(map)]
            }
        },
        ExportCase(testDescription: "linear layers", shape: .init(batch: 1, height: 3, width: 4, channels: 2)) {
            scope in
            func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
                Linear(scope[name], inputs: inputs, outputs: outputs, initializedBy: .kaimingUniform(slope: 1, seed: 1))
            }
            let first = linear("a", 24, 8), second = linear("b", 8, 5), map = linear("c", 24, 3)
            let norm = LayerNormalization(scope["n"], channels: 8)
            return { image in
                let row = Dropout(0.5)(norm(first(image.flattened()).relu()))
                return [
                    Softmax()(second(row)), map(image), LocalResponseNormalization(size: 3)(row), image.flattened(),
                ]
            }
        },
    ]

    /// Of sizes that are not known before, as far as operators have them.
    static let open = ["convolutions", "normalizations", "activations", "sizes", "squeezed and joined"].map { name in
        var other = all.first { $0.testDescription == name } ?? all[0]
        other.testDescription += " of any size"
        other.options.isDynamic = true
        return other
    }
}
