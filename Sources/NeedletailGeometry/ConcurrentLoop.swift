import Dispatch

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
