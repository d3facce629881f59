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

/// What a network finds in many images, in their order.
///
/// The results have the same bits however the threads share the work.
public final class WorkStream<Network, Loaded: Sendable, Element: Sendable> {
    /// A network that works beside others, each in a thread.
    public struct Replicas {
        /// A network that computes the same with memory of its own; nil where there can be none.
        var make: () -> Network?
        /// Bytes that the network keeps from image to image.
        var memorySize: () -> Int
    }

    private let count: Int
    private let network: Network
    private let replicas: Replicas
    private let pool: ThreadPool
    private let sharing: WorkSharing?
    private let load: @Sendable (Int) -> Loaded
    private let work: @Sendable (Loaded, Int, Network, ThreadPool) -> Element
    /// The images that all threads work on together.
    private var together: OrderedPrefetch<Loaded>
    private var togetherCount: Int
    private var apart: OrderedPrefetch<Element>?
    private var taken = 0

    /// With them the network's weights are packed for all threads, and it is known how much memory an image takes.
    private static var firstImages: Int { 2 }

    /// - Parameters:
    ///   - sharing: Throughput where there are many images and the network allows it, unless given.
    ///   - load: Reads the image of a number, on any thread.
    ///   - work: What is wanted of an image; called with a network of its own by each thread.
    public init(
        count: Int, network: Network, replicas: Replicas, pool: ThreadPool, sharing: WorkSharing? = nil,
        load: @escaping @Sendable (_ index: Int) -> Loaded,
        work: @escaping @Sendable (_ image: Loaded, _ index: Int, _ network: Network, _ pool: ThreadPool) -> Element
    ) {
        self.count = count
        self.network = network
        self.replicas = replicas
        self.pool = pool
        let isLong = count >= Self.firstImages + 2 * pool.threadCount
        self.sharing = sharing ?? (isLong && pool.threadCount > 1 ? .throughput : .latency)
        self.load = load
        self.work = work
        togetherCount = self.sharing == .throughput ? min(count, Self.firstImages) : count
        together = OrderedPrefetch(count: togetherCount, lookAhead: 4, produce: load)
    }

    /// What was found in the next image, or nil after the last.
    public func next() -> Element? {
        defer { taken += 1 }
        if taken < togetherCount { return together.next().map { work($0, taken, network, pool) } }
        if taken < count, apart == nil { startApart() }
        if let apart { return apart.next() }
        return together.next().map { work($0, taken, network, pool) }
    }

    /// Stops; images in work are still finished and dropped.
    public func cancel() {
        together.cancel()
        apart?.cancel()
    }

    /// Gives each thread a network of its own, or lets all go on together where there are none or they do not fit into
    /// memory.
    private func startApart() {
        let first = togetherCount, size = max(replicas.memorySize(), 1)
        let fitting = MemorySize.usable / 2 / size
        let networks = (0..<min(pool.threadCount, max(fitting, 1))).compactMap { _ in replicas.make() }
        guard networks.count > 1 else {
            togetherCount = count
            together = OrderedPrefetch(count: count - first, lookAhead: 4) { [load] in load(first + $0) }
            return
        }
        let workers = Workers(networks.map { ($0, ThreadPool(threadCount: 1)) })
        apart = OrderedPrefetch(
            count: count - first, lookAhead: 2 * networks.count, workers: networks.count
        ) { [load, work] index, worker in
            let (network, pool) = workers.list[worker]
            return work(load(first + index), first + index, network, pool)
        }
    }
}

/// Sendable by hand: each entry is used by the one worker of its number.
private struct Workers<Network>: @unchecked Sendable {
    let list: [(network: Network, pool: ThreadPool)]

    init(_ list: [(network: Network, pool: ThreadPool)]) { self.list = list }
}

extension WorkStream where Network == any ObjectDetector {
    /// What a detector finds.
    public convenience init(
        count: Int, detector: any ObjectDetector, pool: ThreadPool, sharing: WorkSharing? = nil,
        load: @escaping @Sendable (_ index: Int) -> Loaded,
        detect:
            @escaping @Sendable (
                _ image: Loaded, _ index: Int, _ detector: any ObjectDetector, _ pool: ThreadPool
            ) -> Element
    ) {
        self.init(
            count: count, network: detector,
            replicas: Replicas(make: { detector.replica() }, memorySize: { detector.planMemorySize }), pool: pool,
            sharing: sharing, load: load, work: detect)
    }
}

extension WorkStream where Network == any ImageClassifier {
    /// What a classifier says.
    public convenience init(
        count: Int, classifier: any ImageClassifier, pool: ThreadPool, sharing: WorkSharing? = nil,
        load: @escaping @Sendable (_ index: Int) -> Loaded,
        classify:
            @escaping @Sendable (
                _ images: Loaded, _ index: Int, _ classifier: any ImageClassifier, _ pool: ThreadPool
            ) -> Element
    ) {
        self.init(
            count: count, network: classifier,
            replicas: Replicas(make: { classifier.replica() }, memorySize: { classifier.planMemorySize }), pool: pool,
            sharing: sharing, load: load, work: classify)
    }
}
