import CKernels

/// Eight neighbouring weights with all that a step reads and writes of them.
public struct UpdateLanes {
    public var weights = SIMD8<Float>()
    public var gradient = SIMD8<Float>()
    /// The state, as far as the rule has any, in the order of its names.
    public var first = SIMD8<Float>()
    public var second = SIMD8<Float>()
    public var third = SIMD8<Float>()
}

/// One step of a method, for all weights of a parameter.
///
/// Vectors are spelled out because the compiler does not find them in a loop over five arrays.
public protocol UpdateRule: Sendable {
    /// Numbers that are kept of each weight, 0 to 3.
    var stateCount: Int { get }
    func apply(to lanes: inout UpdateLanes)
    /// Changes a range of weights, each read and written once.
    ///
    /// A conformer calls ``runVectors(_:_:)``: written where the rule's type is known, it is compiled for it.
    func run(_ range: Range<Int>, _ memory: UpdateMemory)
}

/// Where the weights of a parameter lie, and what belongs to them.
public struct UpdateMemory {
    let weights: UnsafeMutablePointer<Float>
    let gradient: UnsafePointer<Float>
    /// As many as the rule has; what stands in the places behind these is not touched.
    let states: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
}

extension UpdateRule {
    /// Applies the rule to eight weights at a time.
    @inline(__always)
    public func runVectors(_ range: Range<Int>, _ memory: UpdateMemory) {
        let stateCount = stateCount
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            var lanes = UpdateLanes()
            lanes.weights = load(memory.weights + index)
            lanes.gradient = load(memory.gradient + index)
            if stateCount > 0 { lanes.first = load(memory.states.0 + index) }
            if stateCount > 1 { lanes.second = load(memory.states.1 + index) }
            if stateCount > 2 { lanes.third = load(memory.states.2 + index) }
            apply(to: &lanes)
            store(lanes.weights, memory.weights + index)
            if stateCount > 0 { store(lanes.first, memory.states.0 + index) }
            if stateCount > 1 { store(lanes.second, memory.states.1 + index) }
            if stateCount > 2 { store(lanes.third, memory.states.2 + index) }
            index += 8
        }
        if index < range.upperBound { runTail(index..<range.upperBound, memory) }
    }

    /// Fewer than eight weights, with the same operations.
    private func runTail(_ range: Range<Int>, _ memory: UpdateMemory) {
        let stateCount = stateCount
        var lanes = UpdateLanes()
        for (lane, index) in range.enumerated() {
            lanes.weights[lane] = memory.weights[index]
            lanes.gradient[lane] = memory.gradient[index]
            if stateCount > 0 { lanes.first[lane] = memory.states.0[index] }
            if stateCount > 1 { lanes.second[lane] = memory.states.1[index] }
            if stateCount > 2 { lanes.third[lane] = memory.states.2[index] }
        }
        apply(to: &lanes)
        for (lane, index) in range.enumerated() {
            memory.weights[index] = lanes.weights[lane]
            if stateCount > 0 { memory.states.0[index] = lanes.first[lane] }
            if stateCount > 1 { memory.states.1[index] = lanes.second[lane] }
            if stateCount > 2 { memory.states.2[index] = lanes.third[lane] }
        }
    }

    @inline(__always)
    private func load(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
        UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    private func store(_ values: SIMD8<Float>, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: values, as: SIMD8<Float>.self)
    }
}

extension SIMD8<Float> {
    /// The root of each number.
    @inline(__always)
    var root: SIMD8<Float> {
        var roots = self
        withUnsafeMutableBytes(of: &roots) { bytes in
            if let base = bytes.baseAddress { needletail_square_roots(base.assumingMemoryBound(to: Float.self)) }
        }
        return roots
    }
}
