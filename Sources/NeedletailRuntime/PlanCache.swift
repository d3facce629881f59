import NeedletailGraph

/// The plans of the input shapes seen lately, which take turns in one memory.
public struct PlanCache {
    private var entries: [(shape: TensorShape, plan: Plan)] = []
    private let capacity: Int
    private let memory = PlanMemory()

    /// - Parameter capacity: Plans kept at most.
    public init(capacity: Int = 16) { self.capacity = capacity }

    /// Bytes that the plans hold together.
    public var memorySize: Int { memory.byteCount }

    /// The plan for a shape, made by `make` in the given memory if it is not at hand.
    public mutating func plan(for shape: TensorShape, make: (PlanMemory) throws -> Plan) rethrows -> Plan {
        if let position = entries.firstIndex(where: { $0.shape == shape }) {
            entries.append(entries.remove(at: position))
        } else {
            entries.append((shape, try make(memory)))
            if entries.count > capacity { entries.removeFirst() }
        }
        return entries[entries.count - 1].plan
    }

    public mutating func removeAll() {
        entries.removeAll()
        memory.release()
    }
}
