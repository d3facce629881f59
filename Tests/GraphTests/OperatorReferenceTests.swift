import Foundation
import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// Single operators, forward and backward, against torch's (`Tests/References/operators.py`).
@Suite struct OperatorReferenceTests {
    /// An operator as it is applied to a map and, where it reads a size, to a second one of 4x10 pixels.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var build: @Sendable (ParameterScope) -> (Value, Value) -> Value

        init(_ name: String, _ build: @escaping @Sendable (ParameterScope) -> (Value, Value) -> Value) {
            testDescription = name
            self.build = build
        }
    }

    private static func transposed(
        _ name: String, outputs: Int, kernel: Extent, stride: Extent, padding: EdgePadding = 0,
        outputPadding: Extent = Extent(0), dilation: Extent = 1, groups: Int = 1, hasBias: Bool = true
    ) -> Case {
        Case(name) { scope in
            let layer = TransposedConvolution(
                scope, inputChannels: 6, outputChannels: outputs, kernel: kernel, stride: stride, padding: padding,
                outputPadding: outputPadding, dilation: dilation, groups: groups, hasBias: hasBias,
                initializedBy: .constant(0))
            return { map, _ in layer(map) }
        }
    }

    static let cases: [Case] = [
        Case("linear behind flatten") { scope in
            let layer = Linear(scope, inputs: 6 * 5 * 7, outputs: 3, initializedBy: .constant(0))
            return { map, _ in layer(map.flattened()) }
        },
        Case("flatten") { _ in { map, _ in map.flattened() } },
        Case("adaptive pooling to fewer") { _ in
            { map, _ in AdaptiveAveragePooling(Extent(height: 3, width: 2))(map) }
        },
        Case("adaptive pooling to more") { _ in
            { map, _ in AdaptiveAveragePooling(Extent(height: 7, width: 9))(map) }
        },
        Case("local response, five channels") { _ in
            { map, _ in LocalResponseNormalization(size: 5, alpha: 0.5, beta: 0.75, k: 1)(map) }
        },
        Case("local response, four channels") { _ in
            { map, _ in LocalResponseNormalization(size: 4, alpha: 0.3, beta: 0.6, k: 2)(map) }
        },
        Case("layer normalisation") { scope in
            let layer = LayerNormalization(scope, channels: 6)
            return { map, _ in layer(map) }
        },
        Case("softmax") { _ in { map, _ in Softmax()(map) } },
        Case("bilinear by 2") { _ in { map, _ in BilinearUpsampling(factor: 2)(map) } },
        Case("bilinear by 3 and 2") { _ in
            { map, _ in BilinearUpsampling(factor: Extent(height: 3, width: 2))(map) }
        },
        Case("bilinear to 4x10") { _ in { map, size in BilinearUpsampling()(map, size) } },
        Case("product of maps") { _ in { map, _ in map * map.applying(.sigmoid) } },
        Case("product with means") { _ in { map, _ in map.globalAveragePooled() * map } },
        transposed("transposed, stride 2", outputs: 4, kernel: 3, stride: 2, padding: 1, outputPadding: 1),
        transposed(
            "transposed, even kernel without bias", outputs: 5, kernel: 4, stride: 2, padding: 1, hasBias: false),
        transposed(
            "transposed, rectangle in groups", outputs: 4, kernel: Extent(height: 2, width: 3),
            stride: Extent(height: 2, width: 1), padding: EdgePadding(vertical: 0, horizontal: 1),
            dilation: Extent(height: 1, width: 2), groups: 2),
        transposed(
            "transposed, dilated", outputs: 3, kernel: 3, stride: 2, padding: 2, outputPadding: 2, dilation: 3),
        transposed("transposed, depthwise", outputs: 6, kernel: 3, stride: 3, groups: 6),
    ]

    @Test(arguments: cases)
    func agreesWithTorch(item: Case) throws {
        let fixture = try Fixture("operators", in: .module)["operators"][item.testDescription]
        let store = ParameterStore()
        let apply = item.build(store.root["layer"])
        for parameter in store.parameters {
            let values = Formula.parameter(parameter.name, shape: parameter.shape)
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
        // A layer that changes nothing, so that something trained lies below, and an output at which the gradient of the
        // operator's input is read.
        let stem = Convolution(
            store.root["stem"], inputChannels: 6, outputChannels: 6, kernel: 1, hasBias: true,
            initializedBy: .constant(0))
        stem.weight.update { for channel in 0..<6 { $0[channel * 7] = 1 } }
        let graph = Graph { builder in
            let map = stem(builder.input("image", channels: 6))
            builder.output("map", map)
            builder.output("result", apply(map, builder.input("size", channels: 1)))
        }
        let pool = ThreadPool(threadCount: 2)
        let gradients = try ParameterGradients(parameters: store.parameters)
        let plan = try Plan(
            graph: graph,
            inputShapes: [
                TensorShape(batch: 2, height: 5, width: 7, channels: 6),
                TensorShape(batch: 2, height: 4, width: 10, channels: 1),
            ], purpose: .training(gradients), pool: pool)
        let shape = plan.outputShapes[1]
        _ = plan.input(0).update(fromContentsOf: Self.lastChannels(Self.numbers("input", 2 * 6 * 5 * 7), [2, 6, 5, 7]))
        plan.forward()
        let torchShape = Self.torchShape(of: shape)
        #expect(torchShape == fixture["result"]["shape"].ints)
        #expect(
            relativeError(Self.samples(plan.output(1), shape: shape), fixture["result"]["samples"].floats) < 2e-5)

        let mapGradient = try #require(plan.outputGradient(0))
        mapGradient.update(repeating: 0)
        _ = plan.outputGradient(1)?.update(
            fromContentsOf: Self.lastChannels(Self.numbers("loss", shape.count), torchShape))
        plan.backward()
        let found = Self.samples(UnsafeBufferPointer(mapGradient), shape: plan.outputShapes[0])
        #expect(relativeError(found, fixture["input"]["samples"].floats) < 2e-5)
        #expect(fixture["parameters"].keys.count == store.parameters.count - 2)
        for name in fixture["parameters"].keys {
            let index = try #require(gradients.parameters.firstIndex { $0.name == "layer.\(name)" })
            let values = gradients[index]
            let samples = Formula.sampleIndices(total: values.count).map { values[$0] }
            #expect(relativeError(samples, fixture["parameters"][name]["samples"].floats) < 2e-5, "\(name)")
        }
    }

    private static func numbers(_ name: String, _ count: Int) -> [Float] {
        Formula.signed(name, count: count).map { 2 * $0 }
    }

    /// `[batch, channels, height, width]`, or `[batch, channels]`.
    private static func torchShape(of shape: TensorShape) -> [Int] {
        guard shape.isMap else { return shape.dimensions }
        return [shape.batch, shape.channels, shape.height, shape.width]
    }

    /// Numbers in torch's order with the channels last.
    private static func lastChannels(_ values: [Float], _ shape: [Int]) -> [Float] {
        let pixels = shape.dropFirst(2).reduce(1, *), channels = shape[1]
        var result = values
        for index in values.indices {
            let image = index / (channels * pixels), channel = index / pixels % channels
            result[(image * pixels + index % pixels) * channels + channel] = values[index]
        }
        return result
    }

    /// The samples that the reference takes in torch's order.
    private static func samples(_ values: UnsafeBufferPointer<Float>, shape: TensorShape) -> [Float] {
        let pixels = shape.isMap ? shape.height * shape.width : 1
        return Formula.sampleIndices(total: shape.count).map { index in
            let image = index / (shape.channels * pixels), channel = index / pixels % shape.channels
            return values[(image * pixels + index % pixels) * shape.channels + channel]
        }
    }
}
