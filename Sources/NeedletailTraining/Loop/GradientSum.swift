import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime

/// The gradients of neighbouring batches of a step, summed in the order of a ``SummationTree`` as far as they are neighbours
/// in it.
///
/// With them go what the batches make of running statistics: as differences, where there are several batches, so that what
/// nobody changes stays as it is to the last bit.
final class GradientSum {
    /// What a plan writes of the batch in progress.
    let gradients: ParameterGradients

    private var tree = SummationTree(count: 1)
    private var next = 0
    /// What ``gradients`` hold.
    private var current: Node?
    /// Nodes to the left of it that are waiting for their other part, each in memory of its own.
    private var waiting: [(node: Node, memory: FloatStorage)] = []
    private var spare: [FloatStorage] = []

    /// A sum of neighbouring batches.
    private struct Node {
        var range: Range<Int>
        /// Whether there is any batch in it: one without a finite loss is none.
        var isEmpty: Bool
    }

    /// - Throws: `OutOfMemoryError`
    init(parameters: [Parameter], statistics: [Parameter]) throws(OutOfMemoryError) {
        gradients = try ParameterGradients(parameters: parameters, statistics: statistics)
    }

    /// Begins a step; what was added is forgotten.
    ///
    /// - Parameters:
    ///   - share: The batches of the step, counted from 0, that are added here, in their order.
    ///   - count: Of all batches of the step.
    func begin(_ share: Range<Int>, of count: Int) {
        tree = SummationTree(count: count)
        next = share.lowerBound
        current = nil
        spare += waiting.map(\.memory)
        waiting = []
    }

    /// Makes room for the gradients of the next batch.
    ///
    /// - Throws: `OutOfMemoryError`
    func beginBatch(pool: ThreadPool) throws(OutOfMemoryError) {
        if let node = current { try setAside(node, pool: pool) }
        gradients.reset()
    }

    /// Counts a batch.
    ///
    /// - Parameter isFinite: Whether a plan has added its gradients.
    func endBatch(isFinite: Bool, pool: ThreadPool) {
        if isFinite, tree.count > 1 {
            gradients.forEachStatistic { statistic, place in
                for (index, value) in statistic.values.enumerated() { place[index] -= value }
            }
        }
        var node = Node(range: next..<next + 1, isEmpty: !isFinite)
        next += 1
        while let (left, memory) = waiting.last, tree.areParts(left.range, node.range) {
            if !left.isEmpty { merge(memory, isSummand: !node.isEmpty, pool: pool) }
            spare.append(memory)
            waiting.removeLast()
            node = Node(range: left.range.lowerBound..<node.range.upperBound, isEmpty: left.isEmpty && node.isEmpty)
        }
        current = node
    }

    /// The sums that there are, by the batches that they are of, and where they lie: gradients and statistics as in
    /// `ParameterGradients.block`.
    var sums: [(batches: Range<Int>, memory: UnsafeMutablePointer<Float>)] {
        let last = current.flatMap { node in gradients.block.baseAddress.map { (node, $0) } }
        return (waiting.map { ($0.node, $0.memory.pointer) } + (last.map { [$0] } ?? []))
            .filter { !$0.0.isEmpty }.map { ($0.0.range, $0.1) }
    }

    /// Adds a sum to ``gradients``, or puts it in their place.
    private func merge(_ memory: FloatStorage, isSummand: Bool, pool: ThreadPool) {
        let block = gradients.block
        pool.run(count: block.count, grain: 65_536) { range, _ in
            if isSummand {
                for index in range { block[index] = memory.pointer[index] + block[index] }
            } else {
                for index in range { block[index] = memory.pointer[index] }
            }
        }
    }

    private func setAside(_ node: Node, pool: ThreadPool) throws(OutOfMemoryError) {
        let block = gradients.block
        let memory: FloatStorage
        if let last = spare.popLast() { memory = last } else { memory = try FloatStorage(count: block.count) }
        pool.run(count: block.count, grain: 65_536) { range, _ in
            for index in range { memory.pointer[index] = block[index] }
        }
        waiting.append((node, memory))
        current = nil
    }
}
