import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import Testing

/// Convolutions that a plan runs band by band.
@Suite struct ChainTests {
    /// Two inverted residuals, the second one with a residual, and a second reader in the middle.
    private static func graph(_ scope: ParameterScope) -> Graph {
        func convolution(_ name: String, _ input: Int, _ output: Int, kernel: Extent = 1, groups: Int = 1)
            -> Convolution
        {
            Convolution(
                scope[name], inputChannels: input, outputChannels: output, kernel: kernel, groups: groups,
                hasBias: true,
                initializedBy: .normal(deviation: 0.2, seed: UInt64(input * output + kernel.area)))
        }
        return Graph { builder in
            let image = builder.input("image", channels: 8)
            let first = convolution("expand1", 8, 48)(image).relu()
            let shortcut = convolution("project1", 48, 24)(
                convolution("depth1", 48, 48, kernel: 3, groups: 48)(first).relu())
            let wide = convolution("expand2", 24, 48)(shortcut).relu()
            let deep = convolution("depth2", 48, 48, kernel: 3, groups: 48)(wide).relu()
            builder.output("y", shortcut + convolution("project2", 48, 24)(deep))
            builder.output("wide", wide)
        }
    }

    @Test("A plan with chains computes the same bits in less memory", arguments: [1, 2])
    func samePlan(threads: Int) throws {
        let graph = Self.graph(ParameterStore().root)
        let shape = TensorShape(batch: 2, height: 64, width: 112, channels: 8)
        func plan(_ convolutions: ConvolutionAlgorithm) throws -> Plan {
            try planRunTwice(graph, shape, threads: threads, convolutions)
        }
        let chained = try plan(.vector), whole = try plan(ConvolutionAlgorithm { VectorConvolution(shapes: $0) })
        for output in 0..<2 {
            #expect(
                zip(chained.output(output), whole.output(output)).allSatisfy { $0.bitPattern == $1.bitPattern })
        }
        #expect(chained.memorySize < whole.memorySize)
        let steps = chained.timedForward().map(\.step)
        #expect(steps.count { $0.contains("rows at a time") } == 2, "\(steps)")
    }
}
