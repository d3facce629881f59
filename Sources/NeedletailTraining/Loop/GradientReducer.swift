import NeedletailGraph
import NeedletailKernels
import NeedletailProcesses
import NeedletailRuntime

/// What stands between the gradients of batches and the optimiser: brings those of the batches of one step together,
/// whichever workers of whichever processes compute them, and with them what the batches make of running statistics.
///
/// The batches of a step are summed in the order of a ``SummationTree``, and a step is taken with the mean: its bits are the
/// same at any number of workers and processes. Each batch starts from the statistics that the step began with; what the step
/// makes of them is the mean too.
public final class GradientReducer {
    /// Where each worker's plans write; the first of them has the mean in the end.
    public var gradients: [ParameterGradients] { workers.map(\.gradients) }
    private let workers: [GradientSum]
    private let group: any ProcessGroup
    private var tree = SummationTree(count: 1)

    /// - Parameters:
    ///   - statistics: What a forward pass of training changes.
    ///   - workerCount: Of those who compute batches at the same time in this process.
    ///   - group: The processes that share the batches of a step.
    /// - Throws: `OutOfMemoryError`
    public init(
        parameters: [Parameter], statistics: [Parameter] = [], workerCount: Int = 1,
        group: any ProcessGroup = SingleProcess()
    ) throws {
        self.group = group
        workers = try (0..<workerCount).map { _ in try GradientSum(parameters: parameters, statistics: statistics) }
    }

    /// Begins a step; what was added is forgotten.
    ///
    /// - Parameters:
    ///   - shares: The batches of the step, counted from 0, that each of the workers computes, in their order.
    ///   - count: Of all batches of the step.
    public func begin(_ shares: [Range<Int>] = [0..<1], of count: Int = 1) {
        tree = SummationTree(count: count)
        for (worker, sum) in workers.enumerated() {
            sum.begin(worker < shares.count ? shares[worker] : count..<count, of: count)
        }
    }

    /// Makes room for the gradients of a worker's next batch.
    ///
    /// - Throws: `OutOfMemoryError`
    public func beginBatch(worker: Int = 0, pool: ThreadPool) throws(OutOfMemoryError) {
        try workers[worker].beginBatch(pool: pool)
    }

    /// Counts a batch.
    ///
    /// - Parameter isFinite: Whether a plan has added its gradients.
    public func endBatch(worker: Int = 0, isFinite: Bool, pool: ThreadPool) {
        workers[worker].endBatch(isFinite: isFinite, pool: pool)
    }

    /// Makes of the sum the mean.
    ///
    /// - Parameter isFinite: Of each batch of the step, in their order.
    /// - Returns: Nil when there was no batch.
    /// - Throws: `OutOfMemoryError`, `ProcessError`.
    public func reduced(isFinite: [Bool], pool: ThreadPool) throws -> ParameterGradients? {
        let count = isFinite.count { $0 }, gradients = workers[0].gradients
        guard count > 0, let base = gradients.block.baseAddress else { return nil }
        var sums = workers.flatMap(\.sums)
        if !group.isAlone {
            try sumOverProcesses(&sums, isFinite, pool: pool)
        } else if sums.count != 1 || sums[0].memory != base {
            sum(Slice(sums: sums, range: 0..<gradients.block.count), into: base, pool: pool)
        }
        let factor = 1 / Float(count)
        if count > 1 { gradients.scale(by: factor, pool: pool) }
        if isFinite.count > 1 {
            gradients.forEachStatistic { statistic, place in
                for (index, value) in statistic.values.enumerated() { place[index] = value + place[index] * factor }
            }
        }
        return gradients
    }

    /// Gives the parameters what the step has made of their running statistics.
    func takeStatistics() {
        workers[0].gradients.forEachStatistic { statistic, place in
            // What nobody has changed keeps its version, and the forms that are made of it.
            guard !zip(place, statistic.values).allSatisfy({ $0.bitPattern == $1.bitPattern }) else { return }
            statistic.update { _ = $0.update(fromContentsOf: place) }
        }
    }

    /// Sums of neighbouring batches, a part of their numbers.
    private struct Slice {
        /// Each of whole blocks, or where such a block would begin.
        var sums: [(batches: Range<Int>, memory: UnsafeMutablePointer<Float>)]
        var range: Range<Int>
    }

    /// Sums a slice over all batches, on all threads.
    private func sum(_ slice: Slice, into target: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        let memory = Dictionary(slice.sums.map { ($0.batches, $0.memory) }) { first, _ in first }
        let root = 0..<tree.count
        pool.run(count: slice.range.count, grain: 16_384) { part, _ in
            let range = slice.range.lowerBound + part.lowerBound..<slice.range.lowerBound + part.upperBound
            guard let sum = Self.sum(root, of: memory, range), sum != target else { return }
            for index in range { target[index] = sum[index] }
        }
    }

    /// The sum of a node, in the place of its leftmost summand; nil for one without batches.
    private static func sum(
        _ node: Range<Int>, of sums: [Range<Int>: UnsafeMutablePointer<Float>], _ range: Range<Int>
    ) -> UnsafeMutablePointer<Float>? {
        if let sum = sums[node] { return sum }
        guard node.count > 1 else { return nil }
        let parts = SummationTree.parts(of: node)
        let left = sum(parts.left, of: sums, range), right = sum(parts.right, of: sums, range)
        guard let left, let right else { return left ?? right }
        for index in range { left[index] += right[index] }
        return left
    }

    // MARK: Processes

    /// Brings the sums of all processes together: each sums a slice of the numbers, which then goes to all.
    private func sumOverProcesses(
        _ own: inout [(batches: Range<Int>, memory: UnsafeMutablePointer<Float>)], _ isFinite: [Bool], pool: ThreadPool
    ) throws {
        let block = workers[0].gradients.block
        guard let base = block.baseAddress else { return }
        try joinOwn(&own, isFinite, pool: pool)
        let nodes = (0..<group.count).map { rank in
            tree.nodes(of: group.share(of: 0..<tree.count, rank: rank)).filter { isFinite[$0].contains(true) }
        }
        let slices = (0..<group.count).map { part(ofRank: $0, of: block.count) }
        let slice = slices[group.rank], others = (0..<group.count).filter { $0 != group.rank }
        // The others' sums, one behind the other.
        let received = try FloatStorage(count: others.reduce(0) { $0 + nodes[$1].count } * slice.count)
        var sums = own, receiving: [Transfer] = [], place = received.pointer
        for peer in others {
            for node in nodes[peer] {
                sums.append((node, place - slice.lowerBound))
                receiving.append(Transfer(peer: peer, bytes: Self.bytes(place, count: slice.count)))
                place += slice.count
            }
        }
        let sending = others.flatMap { peer in
            own.map {
                Transfer(
                    peer: peer, bytes: Self.bytes($0.memory + slices[peer].lowerBound, count: slices[peer].count))
            }
        }
        try exchange(sending: sending, receiving: receiving)
        sum(Slice(sums: sums, range: slice), into: base, pool: pool)
        withExtendedLifetime(received) {}
        try exchange(
            sending: others.map { Transfer(peer: $0, bytes: Self.bytes(base + slice.lowerBound, count: slice.count)) },
            receiving: others.map {
                Transfer(peer: $0, bytes: Self.bytes(base + slices[$0].lowerBound, count: slices[$0].count))
            })
    }

    /// Joins what the workers of this process have as far as it is parts of nodes that are this process's, so that others
    /// find what they expect.
    private func joinOwn(
        _ own: inout [(batches: Range<Int>, memory: UnsafeMutablePointer<Float>)], _ isFinite: [Bool], pool: ThreadPool
    ) throws {
        guard workers.count > 1 else { return }
        let memory = Dictionary(own.map { ($0.batches, $0.memory) }) { first, _ in first }
        let count = workers[0].gradients.block.count
        let nodes = tree.nodes(of: group.share(of: 0..<tree.count, rank: group.rank))
            .filter { isFinite[$0].contains(true) }
        let places = nodes.map { Self.place($0, of: memory) }
        pool.run(count: count, grain: 16_384) { range, _ in
            for node in nodes { _ = Self.sum(node, of: memory, range) }
        }
        own = zip(nodes, places).compactMap { node, place in place.map { (node, $0) } }
    }

    /// Where the sum of a node will lie.
    private static func place(
        _ node: Range<Int>, of sums: [Range<Int>: UnsafeMutablePointer<Float>]
    ) -> UnsafeMutablePointer<Float>? {
        if let sum = sums[node] { return sum }
        guard node.count > 1 else { return nil }
        let parts = SummationTree.parts(of: node)
        return place(parts.left, of: sums) ?? place(parts.right, of: sums)
    }

    private func exchange(sending: [Transfer], receiving: [Transfer]) throws(ProcessError) {
        try group.exchange(
            sending: sending.filter { !$0.bytes.isEmpty }, receiving: receiving.filter { !$0.bytes.isEmpty })
    }

    /// What of the numbers a process sums: neighbours from one cache line on.
    private func part(ofRank rank: Int, of count: Int) -> Range<Int> {
        let lines = group.share(of: 0..<(count + 15) / 16, rank: rank)
        return min(lines.lowerBound * 16, count)..<min(lines.upperBound * 16, count)
    }

    private static func bytes(_ numbers: UnsafeMutablePointer<Float>, count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: numbers, count: count * MemoryLayout<Float>.stride)
    }
}
