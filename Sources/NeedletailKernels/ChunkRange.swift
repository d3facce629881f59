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
        var chunk: Int
        var generation: UInt64
    }

    /// - Precondition: The last range has been claimed to its end.
    func publish(_ range: Range<Int>, generation: UInt64) {
        state.store(
            generation << (2 * Self.chunkBits) | UInt64(range.upperBound) << Self.chunkBits
                | UInt64(range.lowerBound),
            ordering: .sequentiallyConsistent)
    }

    func claimFirst() -> Claim? { claim(fromEnd: false) }
    func claimLast() -> Claim? { claim(fromEnd: true) }

    private func claim(fromEnd: Bool) -> Claim? {
        var current = state.load(ordering: .acquiring)
        while true {
            let first = current & Self.chunkMask, end = (current >> Self.chunkBits) & Self.chunkMask
            guard first < end else { return nil }
            let rest = fromEnd ? current - (1 << Self.chunkBits) : current + 1
            let result = state.compareExchange(expected: current, desired: rest, ordering: .acquiringAndReleasing)
            if result.exchanged {
                return Claim(
                    chunk: Int(fromEnd ? end - 1 : first), generation: current >> (2 * Self.chunkBits))
            }
            current = result.original
        }
    }
}
