import Dispatch
import Synchronization

/// Produces numbered items ahead of their use, on other threads, and hands them out in order.
///
/// At most `lookAhead` items exist that have not been taken, so memory is bounded whatever the number of items.
public final class OrderedPrefetch<Element: Sendable>: Sendable {
    private let count: Int
    private let lookAhead: Int
    private let produce: @Sendable (Int) -> Element
    private let queue = DispatchQueue(label: "needletail.prefetch", qos: .utility, attributes: .concurrent)
    private let ready: [DispatchSemaphore]
    private let state = Mutex(State())

    private struct State {
        var items: [Int: Element] = [:]
        var nextToTake = 0
        var isCancelled = false
    }

    /// Starts to produce the first items.
    ///
    /// - Parameters:
    ///   - count: Items in all.
    ///   - lookAhead: Items in work or waiting at any time, at least 1.
    ///   - produce: Makes the item of a number; called on several threads at once.
    public init(count: Int, lookAhead: Int, produce: @escaping @Sendable (Int) -> Element) {
        self.count = count
        self.lookAhead = max(1, lookAhead)
        self.produce = produce
        ready = (0..<max(1, lookAhead)).map { _ in DispatchSemaphore(value: 0) }
        for index in 0..<min(count, self.lookAhead) { start(index) }
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
        if index + lookAhead < count { start(index + lookAhead) }
        return item
    }

    /// Stops producing; items in work are still finished and dropped.
    public func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.nextToTake = count
        }
    }

    private func start(_ index: Int) {
        guard !state.withLock({ $0.isCancelled }) else { return }
        queue.async { [self] in
            let item = produce(index)
            state.withLock { $0.items[index] = item }
            ready[index % lookAhead].signal()
        }
    }
}
