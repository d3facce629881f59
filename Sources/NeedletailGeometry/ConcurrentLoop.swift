import Dispatch
import NeedletailPlatform

/// Cores that the loops below run on.
package var coreCount: Int { ProcessorCount.usable }

/// Calls `body` with 0, 1 … `count - 1` on all cores and returns when every call has.
///
/// The calls must write to places of their own; that is what makes handing the closure across threads safe,
/// and the result independent of their number.
package func concurrentLoop(_ count: Int, _ body: (Int) -> Void) {
    if count <= 1 {
        if count == 1 { body(0) }
        return
    }
    withoutActuallyEscaping(body) { escapable in
        nonisolated(unsafe) let body = escapable
        DispatchQueue.concurrentPerform(iterations: count) { body($0) }
    }
}

/// The results of calling `body` with 0, 1 … `count - 1` on all cores, in that order.
package func concurrentMap<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { results, initialized in
        let results = results
        concurrentLoop(count) { results.initializeElement(at: $0, to: body($0)) }
        initialized = count
    }
}

/// What `body` finds in runs of `0 ..< count`, on all cores, in the order of the runs.
package func concurrentFlatMap<Result>(runs count: Int, _ body: (Range<Int>) -> [Result]) -> [Result] {
    let length = 1 << 12
    return concurrentMap((count + length - 1) / length) { run in
        body(run * length..<min((run + 1) * length, count))
    }.flatMap(\.self)
}

/// Calls `body` on all cores with runs of `0 ..< count` that together are all of it.
package func concurrentLoop(runs count: Int, _ body: (Range<Int>) -> Void) {
    let length = 256
    concurrentLoop((count + length - 1) / length) { run in
        body(run * length..<min((run + 1) * length, count))
    }
}

/// The elements of several arrays one after the other, copied on all cores.
package func concurrentJoin<Element>(_ arrays: [[Element]]) -> [Element] {
    let arrays = arrays.filter { !$0.isEmpty }
    if arrays.count < 2 { return arrays.first ?? [] }
    var starts = [0]
    for array in arrays { starts.append(starts[starts.count - 1] + array.count) }
    let total = starts[arrays.count]
    return [Element](unsafeUninitializedCapacity: total) { elements, initialized in
        let elements = elements
        concurrentLoop(arrays.count) { number in
            _ = elements[starts[number]..<starts[number + 1]].initialize(fromContentsOf: arrays[number])
        }
        initialized = total
    }
}
