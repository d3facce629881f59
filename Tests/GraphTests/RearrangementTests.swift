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
