/// A kernel that makes of a map another one whose values are sums of the first one's with fixed weights.
public protocol LinearMapKernel: Sendable {
    func forward(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool)

    /// The adjoint.
    ///
    /// - Parameter accumulates: Whether `inputGradient` is added to, and not overwritten.
    func backward(
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool)
}
