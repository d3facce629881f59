import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// How operators of ONNX become those of a graph.
///
/// A lowering gives the planned results, or nil for what is computed operator by operator instead. A new one is a function
/// and a line in one of the lists.
enum Lowering {
    typealias Rule = @Sendable (LoweringRequest, inout StageBuilder) throws -> [PlannedValue]?

    static let table: [String: Rule] = [functions, arithmetic, layers, shapes, products, resizing].reduce(into: [:]) {
        all, some in all.merge(some) { first, _ in first }
    }
}
