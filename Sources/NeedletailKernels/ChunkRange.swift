import Synchronization

/// The chunks of a job that one thread has still to run, open to claims from both ends.
///
/// One word holds the number of the job with the range, so a thread that comes late can never claim a chunk of a job
/// that has ended: a claim that succeeds is one of the job whose number it returns.
struct ChunkRange: ~Copyable {
    /// Generation (24 bits), end of the range (20 bits) and its first chunk (20 bits).
    private let state = Atomic<UInt64>(0)
    /// Keeps the words of two threads apart by a pair of cache lines, which processors fetch together.
    private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0)
    private let morePadding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) =
        (0, 0, 0, 0, 0, 0, 0, 0)

    static let chunkBits: UInt64 = 20
    static let lastGeneration: UInt64 = (1 << 24) - 1
    private static let chunkMask: UInt64 = (1 << chunkBits) - 1

    struct Claim {
        var chunks: Range<Int>
        var generation: UInt64
    }

    /// - Precondition: The last range has been claimed to its end.
    func publish(_ range: Range<Int>, generation: UInt64) {
        state.store(Self.word(range, generation: generation), ordering: .sequentiallyConsistent)
    }

    /// The first chunks that are left, half of them but no more than `most`.
    func claimFirst(_ most: Int) -> Claim? {
        claim { first, end in first..<first + min(max((end - first) / 2, 1), most) }
    }
    func claimLast() -> Claim? { claim { _, end in end - 1..<end } }

    /// - Parameter choose: What is claimed, from the first chunk and the end of the range on: chunks at one of its two ends.
    private func claim(_ choose: (_ first: Int, _ end: Int) -> Range<Int>) -> Claim? {
        var current = state.load(ordering: .acquiring)
        while true {
            let first = Int(current & Self.chunkMask), end = Int((current >> Self.chunkBits) & Self.chunkMask)
            guard first < end else { return nil }
            let chosen = choose(first, end)
            let rest = chosen.lowerBound == first ? chosen.upperBound..<end : first..<chosen.lowerBound
            let generation = current >> (2 * Self.chunkBits)
            let result = state.compareExchange(
                expected: current, desired: Self.word(rest, generation: generation), ordering: .acquiringAndReleasing)
            if result.exchanged { return Claim(chunks: chosen, generation: generation) }
            current = result.original
        }
    }

    private static func word(_ range: Range<Int>, generation: UInt64) -> UInt64 {
        generation << (2 * chunkBits) | UInt64(range.upperBound) << chunkBits | UInt64(range.lowerBound)
    }
}
