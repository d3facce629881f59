import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// What makes a transposed convolution one.
@Suite struct TransposedConvolutionTests {
    private func run(_ operation: some Operator, height: Int, width: Int, _ input: [Float]) throws -> [Float] {
        let graph = Graph(channels: 1, output: "map") { operation($0) }
        let plan = try Plan(
            graph: graph, inputShape: TensorShape(batch: 1, height: height, width: width, channels: 1),
            purpose: .inference, pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(fromContentsOf: input)
        plan.forward()
        return Array(plan.output(0))
    }

    /// A convolution is the product with a matrix, whose columns are what it makes of a map with a single 1; the transposed
    /// convolution is the product with that matrix transposed.
    @Test(arguments: [
        (Extent(3), Extent(1), EdgePadding(0)), (Extent(3), Extent(2), EdgePadding(1)),
        (Extent(height: 2, width: 3), Extent(height: 1, width: 2), EdgePadding(vertical: 0, horizontal: 1)),
    ])
    func isTheProductWithTheTransposedMatrix(kernel: Extent, stride: Extent, padding: EdgePadding) throws {
        let (height, width) = (5, 7)
        let weight = ParameterStore().root.parameter(
            "weight", shape: [1, 1, kernel.height, kernel.width], initializedBy: .normal(deviation: 1, seed: 5))
        let convolution = Convolution(weight: weight, bias: nil, stride: stride, padding: .edges(padding))
        let columns = try (0..<height * width).map { place in
            var map = [Float](repeating: 0, count: height * width)
            map[place] = 1
            return try run(convolution, height: height, width: width, map)
        }
        // Most of the matrix is nothing.
        #expect(columns.joined().count { $0 != 0 } < columns.joined().count / 2)

        let shape = convolution.convolutionShape(
            of: TensorType(TensorShape(batch: 1, height: height, width: width, channels: 1)))
        let rows = shape.outputHeight * shape.outputWidth
        let map = Formula.signed("map", count: rows)
        let product = columns.map { column in zip(column, map).reduce(0) { $0 + $1.0 * $1.1 } }
        let transposed = TransposedConvolution(weight: weight, bias: nil, stride: stride, padding: padding)
        let found = try run(transposed, height: shape.outputHeight, width: shape.outputWidth, map)
        #expect(relativeError(found, product) < 1e-6)
    }

    /// The 2x2 map `1 2 / 3 4` under a kernel of ones with stride 2: each number fills a square.
    @Test func enlargesByItsStride() throws {
        let weight = ParameterStore().root.parameter("weight", shape: [1, 1, 2, 2], initializedBy: .constant(1))
        let found = try run(
            TransposedConvolution(weight: weight, bias: nil, stride: 2), height: 2, width: 2, [1, 2, 3, 4])
        #expect(found == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
    }

    @Test func channelsThatDoNotFitAreNamed() throws {
        let layer = TransposedConvolution(
            ParameterStore().root["up"], inputChannels: 4, outputChannels: 2, kernel: 2, hasBias: true,
            initializedBy: .constant(0))
        let graph = Graph(channels: 3, output: "map") { layer($0) }
        let type = TensorType(TensorShape(batch: 1, height: 2, width: 2, channels: 3))
        let error = #expect(throws: GraphError.self) { try graph.outputTypes(inputs: [type]) }
        #expect(error?.node == "up" && error?.problem == "it takes 4 channels, not the 3 of [1, 2, 2, 3]")
    }
}
