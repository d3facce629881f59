import NeedletailCheckpoints

/// What is wrong with a node; whose node it is, is known elsewhere.
struct NodeProblem: Error {
    var kind: ONNXError.Kind
    var text: String

    init(_ text: String, kind: ONNXError.Kind = .malformed) {
        self.kind = kind
        self.text = text
    }
}

/// The attributes of a node, as its operator has them.
extension ONNXNode {
    private func wrong(_ name: String) -> NodeProblem {
        NodeProblem("its attribute '\(name)' is of another kind than the operator has")
    }

    func integer(_ name: String) throws -> Int? {
        switch attributes[name] {
        case nil: return nil
        case .integer(let value)?: return Int(value)
        default: throw wrong(name)
        }
    }

    func integer(_ name: String, or missing: Int) throws -> Int { try integer(name) ?? missing }

    func flag(_ name: String, or missing: Bool = false) throws -> Bool { try integer(name).map { $0 != 0 } ?? missing }

    func float(_ name: String, or missing: Float) throws -> Float {
        switch attributes[name] {
        case nil: return missing
        case .float(let value)?: return value
        default: throw wrong(name)
        }
    }

    func text(_ name: String, or missing: String) throws -> String {
        switch attributes[name] {
        case nil: return missing
        case .text(let value)?: return value
        default: throw wrong(name)
        }
    }

    func integers(_ name: String) throws -> [Int]? {
        switch attributes[name] {
        case nil: return nil
        case .integers(let values)?: return values.map(Int.init)
        case .floats(let values)? where values.isEmpty: return []
        default: throw wrong(name)
        }
    }

    func floats(_ name: String) throws -> [Float]? {
        switch attributes[name] {
        case nil: return nil
        case .floats(let values)?: return values
        case .integers(let values)? where values.isEmpty: return []
        default: throw wrong(name)
        }
    }
}

/// A node with the tensors that it reads.
struct Evaluation {
    let node: ONNXNode
    /// Of the operators of its domain.
    let version: Int
    /// Nil for those that are left out.
    let inputs: [ONNXTensor?]

    /// Numbers that no tensor here may pass: a few bytes of a file must not ask for all memory.
    static let maximumCount = 1 << 28

    /// - Throws: ``NodeProblem`` when it is left out.
    func tensor(_ slot: Int = 0) throws -> ONNXTensor {
        guard let tensor = optional(slot) else { throw NodeProblem("its input \(slot + 1) is missing") }
        return tensor
    }

    func optional(_ slot: Int) -> ONNXTensor? { slot < inputs.count ? inputs[slot] : nil }

    func floats(_ slot: Int) throws -> [Float] {
        guard case .floats(let values) = try tensor(slot).numbers else {
            throw NodeProblem("its input \(slot + 1) holds \(try tensor(slot).kind), not floating-point numbers")
        }
        return values
    }

    func integers(_ slot: Int) throws -> [Int] {
        guard case .integers(let values) = try tensor(slot).numbers else {
            throw NodeProblem("its input \(slot + 1) holds \(try tensor(slot).kind), not integers")
        }
        return values.map(Int.init)
    }

    /// The only number of an input.
    func scalar(_ slot: Int) throws -> Int {
        let values = try integers(slot)
        guard values.count == 1 else { throw NodeProblem("its input \(slot + 1) should be one number") }
        return values[0]
    }

    /// Numbers that newer versions of an operator read as an input, and older ones have as an attribute.
    func integers(_ slot: Int, orAttribute name: String) throws -> [Int]? {
        optional(slot) == nil ? try node.integers(name) : try integers(slot)
    }

    /// An axis that may count from the end.
    func axis(_ axis: Int, rank: Int) throws -> Int {
        guard (-rank..<max(rank, 1)).contains(axis) else {
            throw NodeProblem("there is no axis \(axis) among \(rank)", kind: .malformed)
        }
        return axis < 0 ? axis + rank : axis
    }

    /// Axes that may count from the end, each once, in ascending order.
    func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let places = try axes.map { try axis($0, rank: rank) }
        guard Set(places).count == places.count else { throw NodeProblem("an axis is named twice among \(axes)") }
        return places.sorted()
    }

    /// The number of elements of a shape that is about to be made.
    @discardableResult
    static func checkedCount(_ shape: [Int]) throws -> Int {
        var count = 1
        for size in shape {
            guard size >= 0 else { throw NodeProblem("a size of \(size) is impossible") }
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows, product <= maximumCount else {
                throw NodeProblem("a tensor of \(shape) would be too large: \(maximumCount) numbers are the limit")
            }
            count = product
        }
        return count
    }
}
