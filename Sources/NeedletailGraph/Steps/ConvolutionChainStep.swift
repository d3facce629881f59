import NeedletailKernels

/// Convolutions that follow one another, band by band. There is no backward pass.
package struct ConvolutionChainStep: Step {
    private let chain: ConvolutionChain
    private let links: [ConvolutionStep]

    /// - Parameter steps: Those of the chain's convolutions, each on one map.
    package init(_ chain: ConvolutionChain, of steps: [any Step]) {
        self.chain = chain
        links = steps.map { step in
            guard let link = step as? ConvolutionStep, link.maps.count == 1 else {
                preconditionFailure("\(step.label) is no link of a chain of convolutions")
            }
            return link
        }
    }

    package var scratchCount: Int { chain.scratchCount }
    package var multiplyAdds: Int { links.reduce(0) { $0 + $1.multiplyAdds } }
    package var label: String {
        links.map(\.labelWithoutAlgorithm).joined(separator: "; ") + ", \(chain.bandRows) rows at a time"
    }

    package func prepare(_ packedWeights: PackedWeights) throws(OutOfMemoryError) {
        // All are read at once.
        for link in links { try packedWeights.prepareToKeep(link.source, for: link.kernel) }
    }

    package func forward(_ context: ExecutionContext) {
        chain.forward(
            input: context[links[0].maps[0].input], output: context[links[links.count - 1].maps[0].output],
            links: links.map { link in
                let (packed, bias) = link.weights(context)
                return ConvolutionChain.Link(
                    packed: packed,
                    epilogue: ConvolutionEpilogue(
                        bias: bias,
                        residual: link.maps[0].residual.map { UnsafePointer(context[$0]) },
                        activation: link.activation))
            }, scratch: context.scratch, pool: context.pool)
    }

    package func backward(_ context: ExecutionContext) {}
}
