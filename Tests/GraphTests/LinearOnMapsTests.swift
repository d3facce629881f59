import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import Testing

/// Linear layers that read a map, in torch's order.
@Suite struct LinearOnMapsTests {
    /// Of the map with the channels `0 1 / 2 3` and `4 5 / 6 7` torch's row is `0 … 7`; with the weights 1, 8, 64, …
    /// nothing else gives 76543210, read as octal digits.
    private static let map: [Float] = [0, 4, 1, 5, 2, 6, 3, 7]

    private func layer() -> Linear {
        let layer = Linear(ParameterStore().root["fc"], inputs: 8, outputs: 1, initializedBy: .constant(0))
        layer.weight.update { weights in
            var power: Float = 1
            for index in weights.indices {
                weights[index] = power
                power *= 8
            }
        }
        return layer
    }

    @Test func readsChannelByChannel() throws {
        let layer = layer()
        let shape = TensorShape(batch: 1, height: 2, width: 2, channels: 2)
        for graph in [
            Graph(channels: 2, output: "y") { layer($0) }, Graph(channels: 2, output: "y") { layer($0.flattened()) },
        ] {
            let plan = try Plan(
                graph: graph, inputShape: shape, purpose: .inference, pool: ThreadPool(threadCount: 2))
            _ = plan.input.update(fromContentsOf: Self.map)
            plan.forward()
            #expect(plan.output(0)[0] == 0o7654_3210)
        }
    }

    @Test func isOneConvolutionBehindAFlattenedMap() throws {
        let layer = layer()
        let graph = Graph(channels: 2, output: "y") { layer($0.flattened()) }
        let fused = graph.fused()
        #expect(fused.nodes.map(\.name) == ["image", "fc"])
        // A pass changes no shape.
        let type = TensorType(TensorShape(batch: 3, height: 2, width: 2, channels: 2))
        #expect(try fused.outputTypes(inputs: [type]) == graph.outputTypes(inputs: [type]))
    }

    @Test func aMapThatDoesNotFitIsMeasured() throws {
        let layer = layer()
        let graph = Graph(channels: 2, output: "y") { layer($0) }
        let type = TensorType(TensorShape(batch: 1, height: 3, width: 2, channels: 2))
        let error = #expect(throws: GraphError.self) { try graph.outputTypes(inputs: [type]) }
        #expect(error?.problem == "it takes 8 numbers an image, not the 12 (3 · 2 · 2) of [1, 3, 2, 2]")
    }

    @Test func factorsThatDoNotFitAreNamed() throws {
        let graph = Graph { builder in
            builder.output("y", builder.input("a", channels: 2) * builder.input("b", channels: 2))
        }
        let types = [3, 2].map { TensorType(TensorShape(batch: 1, height: $0, width: 2, channels: 2)) }
        let error = #expect(throws: GraphError.self) { try graph.outputTypes(inputs: types) }
        #expect(error?.problem.hasPrefix("values of shapes [1, 3, 2, 2] and [1, 2, 2, 2] cannot be multiplied") == true)
    }
}
