import NeedletailPlatform

/// Makes a system call, and makes it again as often as a signal interrupts it; -1 means failure, as for the call itself.
///
/// Not for `close`, whose descriptor is gone even then.
@inline(__always)
package func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
