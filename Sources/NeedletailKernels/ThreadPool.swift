import CKernels
import NeedletailPlatform
import Synchronization

/// A pool of threads that run numbered chunks of one job at a time.
///
/// Each thread has a range of neighbouring chunks of its own, so that what it has brought into its cache or prepared
/// in its scratch memory serves the next one. A thread that is done takes chunks from the far end of another's range:
/// one that loses its core to another program delays the job by a chunk, or the few that it has claimed at once, and not
/// by its whole share. What a chunk computes must not depend on the thread that runs it: then results have the same bits
/// at any number of threads.
///
/// Between jobs a worker spins for a short while, because the steps of a network follow one another within
/// microseconds, and then sleeps.
public final class ThreadPool: @unchecked Sendable {
    // Sendable by hand: the fields below are immutable, atomic, or written only by the thread inside `run`
    // before the job is published through `ranges` with release ordering.

    /// The number of threads that work on a job, the caller's included.
    public let threadCount: Int

    /// What each thread has still to do.
    private let ranges: UnsafeMutablePointer<ChunkRange>
    /// Number of the current job, from 1 to 2^24 - 1 and round again.
    private let generation = Atomic<UInt64>(0)
    private let finishedChunks = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private let isBusy = Atomic<Bool>(false)
    /// Runs the chunks that have been claimed, and then all that can be claimed of the range of `owner`. Returns how many there
    /// were. All of them in one call, as every call of a closure that threads share counts references to it, and they take
    /// that count from each other.
    private typealias Job = (_ first: ChunkRange.Claim, _ owner: Int, _ worker: Int, _ continues: Bool) -> Int
    private var job: UnsafePointer<Job>?
    /// Chunks that a thread claims of its own range in one go, at most: those that it has claimed nobody can take from it.
    private static let mostAtOnce = 4
    /// The chunks of each job since somebody wanted to know, for whoever measures; nil where nobody does.
    package var chunkCounts: [Int]?
    private var threads: [pthread_t] = []
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>

    /// Turns of a waiting loop before a thread gives its core away, some 50 to 100 microseconds.
    private static let spinCount = 2_000

    /// The number of processors that this process may use: online, in its affinity mask, within its control group's quota.
    public static var processorCount: Int { ProcessorCount.usable }

    /// Starts `threadCount - 1` threads.
    ///
    /// - Precondition: `threadCount >= 1`.
    public init(threadCount: Int = ThreadPool.processorCount) {
        precondition(threadCount >= 1, "a thread pool needs at least one thread, not \(threadCount)")
        self.threadCount = threadCount
        ranges = .allocate(capacity: threadCount)
        for index in 0..<threadCount { (ranges + index).initialize(to: ChunkRange()) }
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        for worker in 1..<max(threadCount, 1) {
            let start = Unmanaged.passRetained(WorkerStart(core: WorkerCore(pool: self), index: worker))
            #if canImport(Darwin)
                var thread: pthread_t?
            #else
                var thread = pthread_t()
            #endif
            let status = pthread_create(&thread, nil, workerMain, start.toOpaque())
            guard status == 0 else {
                start.release()
                break  // Fewer threads are slower, not wrong: the caller claims every chunk that is left.
            }
            #if canImport(Darwin)
                if let thread { threads.append(thread) }
            #else
                threads.append(thread)
            #endif
        }
    }

    deinit {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        for thread in threads { pthread_join(thread, nil) }
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        wake.deallocate()
        mutex.deallocate()
        ranges.deinitialize(count: threadCount).deallocate()
    }

    /// Runs `body(chunk, worker)` once for every chunk in `0..<chunks` and returns when all have ended.
    ///
    /// `worker` is in `0..<threadCount` and serves to pick a scratch buffer; two chunks that run at the same time
    /// never share it. A job started from inside a job, or while another thread's job runs, is done by the
    /// calling thread alone with `worker` 0 of a scratch the caller must own.
    ///
    /// - Precondition: `chunks < 2^20`.
    public func run(chunks: Int, _ body: (_ chunk: Int, _ worker: Int) -> Void) {
        run(chunks: chunks, atOnce: 1) { chunks, worker, _ in
            for chunk in chunks { body(chunk, worker) }
        }
    }

    /// Runs `body` over `0..<count` split into ranges of at most `grain` elements, about equally long, and as many for each
    /// thread if there is more than one: so what `body` does with an element must not depend on its neighbours.
    public func run(count: Int, grain: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
        var chunks = (count + grain - 1) / grain
        if chunks > 1 { chunks = min((chunks + threadCount - 1) / threadCount * threadCount, count) }
        run(chunks: chunks) { chunk, worker in
            body(count * chunk / chunks..<count * (chunk + 1) / chunks, worker)
        }
    }

    /// Runs `body(chunks, worker, continues)` for ranges of chunks that together are all of them, where one call for some is
    /// less work than a call for each.
    ///
    /// `continues` says that this worker has run chunks of this job before, so that what they left in the worker's scratch
    /// memory is still there. It may be false where it could be true.
    ///
    /// - Precondition: `chunks < 2^20`.
    public func run(chunks: Int, _ body: (_ chunks: Range<Int>, _ worker: Int, _ continues: Bool) -> Void) {
        run(chunks: chunks, atOnce: Self.mostAtOnce, body)
    }

    private func run(
        chunks: Int, atOnce: Int, _ body: (_ chunks: Range<Int>, _ worker: Int, _ continues: Bool) -> Void
    ) {
        precondition(chunks < 1 << ChunkRange.chunkBits, "too many chunks for one job: \(chunks)")
        if chunks <= 0 { return }
        if chunkCounts != nil { chunkCounts?.append(chunks) }
        if chunks == 1 || threads.isEmpty || isBusy.exchange(true, ordering: .acquiring) {
            body(0..<chunks, 0, false)
            return
        }
        defer { isBusy.store(false, ordering: .releasing) }
        withoutActuallyEscaping(body) { escapable in
            let job: Job = { [ranges] first, owner, worker, continues in
                var finished = 0, claim: ChunkRange.Claim? = first
                while let current = claim {
                    escapable(current.chunks, worker, continues || finished > 0)
                    finished += current.chunks.count
                    claim = worker == owner ? ranges[owner].claimFirst(atOnce) : ranges[owner].claimLast()
                }
                return finished
            }
            withUnsafePointer(to: job) { pointer in
                self.job = pointer
                publish(chunks: chunks)
                work(as: 0)
                var spins = 0
                while finishedChunks.load(ordering: .acquiring) < chunks {
                    spins += 1
                    if spins > Self.spinCount { sched_yield() } else { needletail_pause() }
                }
                self.job = nil
            }
        }
    }

    /// Shares the chunks of a new job out and wakes the workers.
    private func publish(chunks: Int) {
        finishedChunks.store(0, ordering: .relaxed)
        let number = generation.load(ordering: .relaxed) % ChunkRange.lastGeneration + 1
        for worker in 0..<threadCount {
            ranges[worker].publish(
                chunks * worker / threadCount..<chunks * (worker + 1) / threadCount, generation: number)
        }
        generation.store(number, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
        }
    }

    /// Runs the chunks of the worker's own range in order, then those of others from behind, until none is left.
    private func work(as worker: Int) {
        var last: UInt64 = 0
        for distance in 0..<threadCount {
            let owner = (worker + distance) % threadCount
            while let claim = distance == 0 ? ranges[owner].claimFirst(1) : ranges[owner].claimLast() {
                // Until its chunks are counted a job has not ended, so all that are counted together are of one.
                let finished = invoke(claim, owner: owner, worker: worker, continues: claim.generation == last)
                last = claim.generation
                finishedChunks.add(finished, ordering: .releasing)
            }
        }
    }

    /// Keeps every retain of the job's closure inside one call, so none outlives the job.
    @inline(never)
    private func invoke(_ first: ChunkRange.Claim, owner: Int, worker: Int, continues: Bool) -> Int {
        guard let job else { preconditionFailure("a chunk was claimed of a job that has ended") }
        return job.pointee(first, owner, worker, continues)
    }

    fileprivate func workerLoop(index: Int) {
        var seen: UInt64 = 0
        while !isStopping.load(ordering: .acquiring) {
            let current = generation.load(ordering: .acquiring)
            if current != seen {
                seen = current
                work(as: index)
                continue
            }
            var spins = 0
            while spins < Self.spinCount, generation.load(ordering: .relaxed) == seen,
                !isStopping.load(ordering: .relaxed)
            {
                spins += 1
                needletail_pause()
            }
            if spins < Self.spinCount { continue }
            pthread_mutex_lock(mutex)
            sleepers.add(1, ordering: .sequentiallyConsistent)
            while generation.load(ordering: .sequentiallyConsistent) == seen,
                !isStopping.load(ordering: .sequentiallyConsistent)
            {
                pthread_cond_wait(wake, mutex)
            }
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
            pthread_mutex_unlock(mutex)
        }
    }
}

/// What a worker thread holds of its pool: nothing that keeps the pool alive.
private struct WorkerCore {
    unowned(unsafe) let pool: ThreadPool  // `deinit` joins the threads, so the pool outlives them.
}

private final class WorkerStart {
    let core: WorkerCore
    let index: Int
    init(core: WorkerCore, index: Int) {
        self.core = core
        self.index = index
    }
}

#if canImport(Darwin)
    private func workerMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        startWorker(argument)
        return nil
    }
#else
    private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let argument { startWorker(argument) }
        return nil
    }
#endif

private func startWorker(_ argument: UnsafeMutableRawPointer) {
    let start = Unmanaged<WorkerStart>.fromOpaque(argument).takeRetainedValue()
    start.core.pool.workerLoop(index: start.index)
}
