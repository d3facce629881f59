import NeedletailGraph
import NeedletailKernels

/// Memory that plans take turns in: as much as the largest of them needs, whatever their number.
///
/// What a plan has computed is gone as soon as another plan of the same memory runs or is made.
public final class PlanMemory {
    /// Numbers that a plan needs of each kind.
    struct Counts {
        /// Activations and gradients.
        var arena: Int
        /// Of one worker.
        var scratchPerWorker: Int
        /// Of all workers.
        var scratch: Int
        /// What the workers share.
        var sharedScratch: Int

        init(arena: Int, steps: [any Step], pool: ThreadPool) {
            self.arena = arena
            scratchPerWorker = ((steps.map(\.scratchCount).max() ?? 0) + 15) / 16 * 16
            scratch = scratchPerWorker * pool.threadCount
            sharedScratch = steps.map(\.sharedScratchCount).max() ?? 0
        }

        var byteCount: Int { (arena + scratch + sharedScratch) * MemoryLayout<Float>.stride }
    }

    private(set) var arena: FloatStorage?
    private(set) var scratch: FloatStorage?
    private(set) var sharedScratch: FloatStorage?

    public init() {}

    /// Bytes that are held.
    public var byteCount: Int {
        [arena, scratch, sharedScratch].reduce(0) { $0 + ($1?.count ?? 0) } * MemoryLayout<Float>.stride
    }

    /// Makes room for a plan beside those that are there; then nothing is left of what these have computed.
    ///
    /// - Throws: `OutOfMemoryError`; the memory is then as it was.
    func reserve(_ counts: Counts) throws(OutOfMemoryError) {
        // Pages cost nothing before they are used, so that the old block and the new one do not add up.
        try Self.grow(&arena, to: counts.arena)
        try Self.grow(&scratch, to: counts.scratch)
        try Self.grow(&sharedScratch, to: counts.sharedScratch)
    }

    private static func grow(_ block: inout FloatStorage?, to count: Int) throws(OutOfMemoryError) {
        if let block, block.count >= count { return }
        block = try FloatStorage(count: count)
    }

    /// Gives everything back.
    func release() { (arena, scratch, sharedScratch) = (nil, nil, nil) }
}
