import Dispatch
import NeedletailKernels
import Synchronization

/// Produces numbered items ahead of their use, on other threads, and hands them out in order.
///
/// At most `lookAhead` items exist that have not been taken, so memory is bounded whatever the number of items.
public final class OrderedPrefetch<Element: Sendable>: Sendable {
    private let count: Int
    private let lookAhead: Int
    private let produce: @Sendable (_ index: Int, _ worker: Int) -> Element
    /// Room for items that have not been taken.
    private let room: DispatchSemaphore
    private let ready: [DispatchSemaphore]
    private let state = Mutex(State())

    private struct State {
        var items: [Int: Element] = [:]
        var nextToProduce = 0
        var nextToTake = 0
        var isCancelled = false
    }

    /// Starts to produce the first items.
    ///
    /// - Parameters:
    ///   - count: Items in all.
    ///   - lookAhead: Items in work or waiting at any time, at least 1.
    ///   - workers: Items in work at a time; one for each processor unless given, and never more than `lookAhead`.
    ///   - produce: Makes the item of a number. Each worker, numbered from 0, makes one at a time, and several do so at once.
    public init(
        count: Int, lookAhead: Int, workers: Int? = nil,
        produce: @escaping @Sendable (_ index: Int, _ worker: Int) -> Element
    ) {
        self.count = count
        self.lookAhead = max(1, lookAhead)
        self.produce = produce
        room = DispatchSemaphore(value: 0)
        ready = (0..<max(1, lookAhead)).map { _ in DispatchSemaphore(value: 0) }
        for _ in 0..<self.lookAhead { room.signal() }
        for worker in 0..<min(count, self.lookAhead, max(1, workers ?? ThreadPool.processorCount)) {
            // A queue for each: workers may wait long, and on one concurrent queue they would do so on the few threads that all
            // such queues of a process share, with other work behind them.
            DispatchQueue(label: "needletail.prefetch", qos: .utility).async { [self] in work(worker) }
        }
    }

    /// The same, where it makes no difference who makes an item.
    public convenience init(count: Int, lookAhead: Int, produce: @escaping @Sendable (_ index: Int) -> Element) {
        self.init(count: count, lookAhead: lookAhead) { index, _ in produce(index) }
    }

    /// The next item in order, or nil after the last.
    public func next() -> Element? {
        let index = state.withLock { state in
            defer { state.nextToTake += 1 }
            return state.nextToTake
        }
        guard index < count else { return nil }
        ready[index % lookAhead].wait()
        let item = state.withLock { $0.items.removeValue(forKey: index) }
        room.signal()
        return item
    }

    /// Stops producing; items in work are still finished and dropped.
    public func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.nextToTake = count
        }
        room.signal()
    }

    private func work(_ worker: Int) {
        while true {
            room.wait()
            let index = state.withLock { state -> Int? in
                guard !state.isCancelled, state.nextToProduce < count else { return nil }
                defer { state.nextToProduce += 1 }
                return state.nextToProduce
            }
            guard let index else {
                // There is nothing left for the others either.
                room.signal()
                return
            }
            let item = produce(index, worker)
            state.withLock { $0.items[index] = item }
            ready[index % lookAhead].signal()
        }
    }
}
