import NeedletailKernels

/// Parts of a tensor: along each axis the places that are read, in any order and any number, or a number in their stead. A
/// slice, a pad of any kind and a repetition are such lists.
public struct IndexedRead: Operator, InferenceOperator {
    public static let name = "read"

    /// For each axis the places that are read, -1 for the filling; nil for all as they lie.
    public var axes: [[Int]?]
    public var fill: Float

    public init(_ axes: [[Int]?], fill: Float = 0) {
        self.axes = axes
        self.fill = fill
    }

    public var attributes: [String] {
        axes.map { places in
            guard let places, let first = places.first, let last = places.last else {
                return places == nil ? "all" : "none"
            }
            let step = places.count > 1 ? places[1] - first : 1
            let isEven = places.indices.allSatisfy { places[$0] == first + $0 * step }
            return isEven ? "\(first)...\(last)" + (step == 1 ? "" : ":\(step)") : "\(places.count)"
        }
    }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs)
        let sizes = inputs[0].shape.dimensions
        guard sizes.count == axes.count else { throw OperatorError("\(inputs[0]) has not \(axes.count) axes") }
        for (size, places) in zip(sizes, axes) {
            for place in places ?? [] where place < -1 || place >= size {
                throw OperatorError("it reads place \(place) of \(size) in \(inputs[0])")
            }
        }
        return [TensorType(TensorShape(zip(sizes, axes).map { $1?.count ?? $0 }))]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let kernel = BlockReadKernel(shape: site.inputs[0].type.shape.dimensions, axes: axes, fill: fill)
        return ForwardStep(Self.name, site) { inputs, output, pool in kernel.run(inputs[0], to: output, pool: pool) }
    }
}
