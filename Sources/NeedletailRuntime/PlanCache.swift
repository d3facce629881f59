import NeedletailGraph

/// The plans of the input shapes seen lately.
public struct PlanCache {
    private var entries: [(shape: TensorShape, plan: Plan)] = []
    private let capacity: Int
    private let memoryLimit: Int

    /// - Parameters:
    ///   - capacity: Plans kept at most.
    ///   - memoryLimit: Bytes that they may take together; the newest is always kept.
    public init(capacity: Int = 16, memoryLimit: Int = 1 << 30) {
        self.capacity = capacity
        self.memoryLimit = memoryLimit
    }

    /// The plan for a shape, made by `make` if it is not at hand.
    public mutating func plan(for shape: TensorShape, make: () throws -> Plan) rethrows -> Plan {
        if let position = entries.firstIndex(where: { $0.shape == shape }) {
            entries.append(entries.remove(at: position))
        } else {
            entries.append((shape, try make()))
            while entries.count > 1,
                entries.count > capacity || entries.reduce(0, { $0 + $1.plan.memorySize }) > memoryLimit
            {
                entries.removeFirst()
            }
        }
        return entries[entries.count - 1].plan
    }

    public mutating func removeAll() { entries.removeAll() }
}
