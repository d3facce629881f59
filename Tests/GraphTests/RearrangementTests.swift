import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import Testing

/// Operators that only move numbers, by hand.
@Suite struct RearrangementTests {
    private func run(_ operation: SpaceToDepth, channels: Int, _ input: [Float]) throws -> (Plan, [Float]) {
        let graph = Graph(channels: channels, output: "map") { operation($0) }
        let plan = try Plan(
            graph: graph, inputShapes: [TensorShape(batch: 1, height: 2, width: 4, channels: channels)],
            purpose: .inference, pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(fromContentsOf: input)
        plan.forward()
        return (plan, Array(plan.output(0)))
    }

    ///     1 2 | 3 4
    ///     5 6 | 7 8
    @Test func blocksBecomeChannels() throws {
        let input: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
        let (plan, rows) = try run(SpaceToDepth(block: 2, order: .rows), channels: 1, input)
        #expect(plan.outputShapes[0] == TensorShape(batch: 1, height: 1, width: 2, channels: 4))
        #expect(rows == [1, 2, 5, 6, 3, 4, 7, 8])
        // Top left, bottom left, top right, bottom right.
        #expect(try run(SpaceToDepth(block: 2, order: .columns), channels: 1, input).1 == [1, 5, 2, 6, 3, 7, 4, 8])
    }

    @Test func channelsStayTogether() throws {
        let input = (0..<16).map { Float($0) }
        let columns = try run(SpaceToDepth(block: 2, order: .columns), channels: 2, input).1
        #expect(columns == [0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15])
    }

    /// A convolution of blocks that somebody else reads, too, and one that reads the pixels of its blocks itself.
    @Test(arguments: [(2, SpaceToDepth.Order.columns), (2, .rows), (3, .columns), (3, .rows)])
    func convolutionsReadBlocksWhereTheyLie(block: Int, order: SpaceToDepth.Order) throws {
        let channels = 2, map = Extent(height: 4 * block, width: 7 * block)
        let focus = SpaceToDepth(block: block, order: order)
        let stem = Convolution(
            ParameterStore().root["stem"], inputChannels: channels * block * block, outputChannels: 5,
            kernel: Extent(height: 3, width: 2), stride: Extent(height: 1, width: 2), hasBias: true,
            initializedBy: .constant(0))
        for (number, parameter) in stem.parameters.enumerated() {
            parameter.update { values in
                for index in values.indices { values[index] = Float((index * 29 + number * 7) % 53) / 53 - 0.5 }
            }
        }
        let graphs = [
            Graph(channels: channels, output: "y") { stem(focus($0)).applying(.silu) },
            Graph { builder in
                let blocks = focus(builder.input("image", channels: channels))
                builder.output("y", stem(blocks).applying(.silu))
                builder.output("blocks", blocks)
            },
        ]
        #expect(graphs.map { $0.fused().nodes.count } == [2, 3])
        let results = try graphs.map { graph in
            let shape = TensorShape(batch: 2, height: map.height, width: map.width, channels: channels)
            let plan = try Plan(
                graph: graph, inputShapes: [shape], purpose: .inference, pool: ThreadPool(threadCount: 2))
            _ = plan.input.update(fromContentsOf: (0..<shape.count).map { Float($0 * 31 % 97) / 97 - 0.5 })
            plan.forward()
            #expect(plan.outputShapes[0] == TensorShape(batch: 2, height: 4, width: 4, channels: 5))
            return Array(plan.output(0))
        }
        let error = zip(results[0], results[1]).map { abs($0 - $1) }.max() ?? 1
        #expect(error < 1e-5)
        #expect(results[0].contains { abs($0) > 0.5 })
    }

    @Test func aBlockThatDoesNotFitIsNamed() throws {
        let graph = Graph(channels: 1, output: "map") { SpaceToDepth(block: 2, order: .rows)($0) }
        let odd = TensorType(TensorShape(batch: 1, height: 3, width: 4, channels: 1))
        let error = #expect(throws: GraphError.self) { try graph.outputTypes(inputs: [odd]) }
        #expect(error?.problem == "height and width must be multiples of 2, not 3 and 4")
        #expect(error?.node == "image.space-to-depth")
    }

    @Test func channelsStandSideBySide() throws {
        let graph = Graph { builder in
            let inputs = [2, 1, 3].enumerated().map { builder.input("part\($0)", channels: $1) }
            builder.output("all", Concatenation()(inputs))
        }
        let plan = try Plan(
            graph: graph,
            inputShapes: [2, 1, 3].map { TensorShape(batch: 1, height: 1, width: 2, channels: $0) },
            purpose: .inference, pool: ThreadPool(threadCount: 2))
        for (number, values) in [[1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11, 12]].enumerated() {
            _ = plan.input(number).update(fromContentsOf: values.map { Float($0) })
        }
        plan.forward()
        #expect(Array(plan.output(0)) == [1, 2, 5, 7, 8, 9, 3, 4, 6, 10, 11, 12])
    }

    /// A convolution and a sum are written where they belong; a value that others want too, one that stands there twice and a
    /// Winograd convolution are copied.
    @Test("What is put side by side is written there, with the same bits", arguments: [1, 2, 3])
    func partsAreWrittenInPlace(threads: Int) throws {
        let scope = ParameterStore().root
        func convolution(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Extent = 1) -> Convolution {
            Convolution(
                scope[name], inputChannels: inputs, outputChannels: outputs, kernel: kernel, hasBias: true,
                initializedBy: .normal(deviation: 0.3, seed: UInt64(inputs * outputs + kernel.area)))
        }
        let graph = Graph { builder in
            let image = builder.input("image", channels: 5)
            let own = convolution("own", 5, 19)(image).applying(.silu)
            let sum = convolution("left", 5, 6)(image).relu() + convolution("right", 5, 6, kernel: 3)(image).relu()
            let shared = convolution("shared", 5, 3)(image).relu()
            let wide = convolution("wide", 5, 32)(image)
            let winograd = convolution("winograd", 32, 32, kernel: 3)(wide)
            let all = Concatenation()([own, shared, sum, wide, wide, winograd])
            builder.output(
                "all", convolution("last", 128, 7)(Concatenation()([all, convolution("more", 5, 4)(image)])))
            builder.output("shared", shared)
        }
        let shape = TensorShape(batch: 2, height: 21, width: 18, channels: 5)
        func plan(_ convolutions: ConvolutionAlgorithm) throws -> Plan {
            try planRunTwice(graph, shape, threads: threads, convolutions)
        }
        let inPlace = try plan(.vector), copied = try plan(ConvolutionAlgorithm { VectorConvolution(shapes: $0) })
        for output in 0..<2 {
            #expect(
                zip(inPlace.output(output), copied.output(output)).allSatisfy { $0.bitPattern == $1.bitPattern })
        }
        func copies(_ plan: Plan) -> [Int] {
            plan.timedForward().filter { $0.step.hasPrefix("Concatenation") }.map(\.chunkCounts.count)
        }
        #expect(copies(inPlace) == [4, 1] && copies(copied) == [6, 2])
    }

    /// A number alone has no axis.
    @Test func sumsOfSingleNumbers() throws {
        let numbers = Graph { builder in
            builder.output("sum", builder.input("a", dimensions: []) + builder.input("b", dimensions: []))
        }
        let plan = try Plan(
            graph: numbers, inputShapes: [TensorShape([]), TensorShape([])], purpose: .inference,
            pool: ThreadPool(threadCount: 1))
        plan.input(0)[0] = 3
        plan.input(1)[0] = 4
        plan.forward()
        #expect(Array(plan.output(0)) == [7])
    }

    @Test func mapsOfTwoSizesDoNotFitSideBySide() throws {
        let graph = Graph { builder in
            let parts = [builder.input("a", channels: 1), builder.input("b", channels: 1)]
            builder.output("all", Concatenation()(parts))
        }
        let types = [2, 3].map { TensorType(TensorShape(batch: 1, height: $0, width: 2, channels: 1)) }
        let error = #expect(throws: GraphError.self) { try graph.outputTypes(inputs: types) }
        #expect(error?.problem == "values of shapes [1, 2, 2, 1] and [1, 3, 2, 1] do not fit side by side")
    }
}
