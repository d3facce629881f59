import NeedletailKernels
import NeedletailModels
import NeedletailPlatform

/// How the threads share many images.
public enum WorkSharing: String, CaseIterable, Sendable {
    /// All of them work on one image at a time: the first result is there soonest.
    case latency
    /// Each works on an image of its own: all results are there soonest, with as much memory as there are threads.
    case throughput
}

/// What a detector finds in many images, in their order.
///
/// The results have the same bits however the threads share the work.
public final class DetectionStream<Loaded: Sendable, Element: Sendable> {
    private let count: Int
    private let detector: any ObjectDetector
    private let pool: ThreadPool
    private let sharing: WorkSharing?
    private let load: @Sendable (Int) -> Loaded
    private let detect: @Sendable (Loaded, Int, any ObjectDetector, ThreadPool) -> Element
    /// The images that all threads work on together.
    private var together: OrderedPrefetch<Loaded>
    private var togetherCount: Int
    private var apart: OrderedPrefetch<Element>?
    private var taken = 0

    /// With them the detector's weights are packed for all threads, and it is known how much memory an image takes.
    private static var firstImages: Int { 2 }

    /// - Parameters:
    ///   - sharing: Throughput where there are many images and the detector allows it, unless given.
    ///   - load: Reads the image of a number, on any thread.
    ///   - detect: What is wanted of an image; called with a detector of its own by each thread.
    public init(
        count: Int, detector: any ObjectDetector, pool: ThreadPool, sharing: WorkSharing? = nil,
        load: @escaping @Sendable (_ index: Int) -> Loaded,
        detect:
            @escaping @Sendable (
                _ image: Loaded, _ index: Int, _ detector: any ObjectDetector, _ pool: ThreadPool
            ) -> Element
    ) {
        self.count = count
        self.detector = detector
        self.pool = pool
        let isLong = count >= Self.firstImages + 2 * pool.threadCount
        self.sharing = sharing ?? (isLong && pool.threadCount > 1 ? .throughput : .latency)
        self.load = load
        self.detect = detect
        togetherCount = self.sharing == .throughput ? min(count, Self.firstImages) : count
        together = OrderedPrefetch(count: togetherCount, lookAhead: 4, produce: load)
    }

    /// What was found in the next image, or nil after the last.
    public func next() -> Element? {
        defer { taken += 1 }
        if taken < togetherCount { return together.next().map { detect($0, taken, detector, pool) } }
        if taken < count, apart == nil { startApart() }
        if let apart { return apart.next() }
        return together.next().map { detect($0, taken, detector, pool) }
    }

    /// Stops; images in work are still finished and dropped.
    public func cancel() {
        together.cancel()
        apart?.cancel()
    }

    /// Gives each thread a detector of its own, or lets all go on together where there are none or they do not fit into
    /// memory.
    private func startApart() {
        let first = togetherCount, size = max(detector.planMemorySize, 1)
        let fitting = Self.physicalMemory / 2 / size
        let replicas = (0..<min(pool.threadCount, max(fitting, 1))).compactMap { _ in detector.replica() }
        guard replicas.count > 1 else {
            togetherCount = count
            together = OrderedPrefetch(count: count - first, lookAhead: 4) { [load] in load(first + $0) }
            return
        }
        let workers = Workers(replicas.map { ($0, ThreadPool(threadCount: 1)) })
        apart = OrderedPrefetch(
            count: count - first, lookAhead: 2 * replicas.count, workers: replicas.count
        ) { [load, detect] index, worker in
            let (detector, pool) = workers.list[worker]
            return detect(load(first + index), first + index, detector, pool)
        }
    }

    private static var physicalMemory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
}

/// Sendable by hand: each entry is used by the one worker of its number.
private struct Workers: @unchecked Sendable {
    let list: [(detector: any ObjectDetector, pool: ThreadPool)]

    init(_ list: [(detector: any ObjectDetector, pool: ThreadPool)]) { self.list = list }
}
