import NeedletailKernels

/// A named array of numbers that a network owns: a weight that training changes, or a statistic.
///
/// A parameter has identity: layers applied several times, such as a head shared by all pyramid levels, share it,
/// and its gradient is the sum over all uses.
public final class Parameter {
    /// What the numbers are for.
    public enum Role: Sendable {
        /// Changed by the optimiser.
        case weight
        /// Kept in checkpoints, never given a gradient: running means and variances, frozen normalisation.
        case statistic
    }

    /// The full name in a state dict, such as `backbone.body.layer1.0.conv1.weight`.
    public let name: String
    /// Dimensions as PyTorch stores them; convolution weights are OIHW.
    public let shape: [Int]
    public let role: Role
    /// Grows with every change, so that forms derived from the numbers know when they are out of date.
    public private(set) var version = 0

    public let count: Int
    private var initializer: Initializer
    /// Nil until somebody asks for the numbers: most networks are filled from a file.
    private var storage: FloatStorage?
    /// Whether the numbers lie unchanged in a mapped file.
    private var isMapped = false

    init(name: String, shape: [Int], role: Role, initializer: Initializer) {
        self.name = name
        self.shape = shape
        self.role = role
        self.initializer = initializer
        count = shape.reduce(1, *)
    }

    /// The numbers in C order, for reading.
    ///
    /// - Precondition: There is memory for them; see ``reserve()``.
    public var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(drawn().values) }

    /// Changes the numbers in place.
    public func update<Result>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> Result) rethrows -> Result {
        version += 1
        isMapped = false
        return try body(drawn().values)
    }

    /// Takes numbers over where they lie, in a private mapping of a file, instead of copying them.
    ///
    /// - Precondition: `mapped` has as many numbers, and nobody else uses it.
    public func adopt(_ mapped: FloatStorage) {
        precondition(mapped.count == count, "\(name) has \(count) numbers, not \(mapped.count)")
        version += 1
        isMapped = true
        storage = mapped
    }

    /// Forgets the numbers; others are drawn when somebody asks for them.
    func redraw(by initializer: Initializer) {
        version += 1
        isMapped = false
        storage = nil
        self.initializer = initializer
    }

    /// Makes sure that the numbers are there, so that several threads may read them at once.
    ///
    /// - Throws: ``OutOfMemoryError`` when there is no room for them.
    public func reserve() throws(OutOfMemoryError) {
        guard storage == nil else { return }
        let storage = try FloatStorage(count: count)
        initializer.fill(storage.values, name: name, shape: shape)
        self.storage = storage
    }

    private func drawn() -> FloatStorage {
        try? reserve()
        guard let storage else { preconditionFailure("there was no memory for \(name)") }
        return storage
    }

    /// Gives memory back if the numbers can be read from their file again.
    ///
    /// - Parameter range: Those of the numbers in C order that are not needed for now; nil for all.
    package func dropPages(of range: Range<Int>? = nil) {
        if isMapped { storage?.dropPages(of: range ?? 0..<count) }
    }
}

/// Parameters are equal if they are the same one.
extension Parameter: Hashable {
    public static func == (left: Parameter, right: Parameter) -> Bool { left === right }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// The name of the layer: its own without the last part.
    var layerName: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }
}

/// The parameters of one network, in the order its layers were made.
public final class ParameterStore {
    public private(set) var parameters: [Parameter] = []
    private var indexByName: [String: Int] = [:]

    public init() {}

    /// The outermost scope: parameters made in it have no prefix.
    public var root: ParameterScope { ParameterScope(store: self, prefix: "") }

    public subscript(name: String) -> Parameter? { indexByName[name].map { parameters[$0] } }

    /// The number of values the optimiser may change.
    public var weightCount: Int { parameters.reduce(0) { $0 + ($1.role == .weight ? $1.count : 0) } }

    func add(_ parameter: Parameter) {
        precondition(indexByName[parameter.name] == nil, "two parameters are named \(parameter.name)")
        indexByName[parameter.name] = parameters.count
        parameters.append(parameter)
    }
}

/// A place in the naming tree of a network: `scope["layer1"]["0"].parameter("weight", …)` is `layer1.0.weight`.
public struct ParameterScope {
    private let store: ParameterStore
    private let prefix: String

    init(store: ParameterStore, prefix: String) {
        self.store = store
        self.prefix = prefix
    }

    public subscript(name: String) -> ParameterScope { ParameterScope(store: store, prefix: prefix + name + ".") }

    public subscript(index: Int) -> ParameterScope { self[String(index)] }

    /// Makes and registers a parameter.
    ///
    /// - Precondition: The name is new in the store.
    public func parameter(
        _ name: String, shape: [Int], role: Parameter.Role = .weight, initializedBy initializer: Initializer
    ) -> Parameter {
        let parameter = Parameter(name: prefix + name, shape: shape, role: role, initializer: initializer)
        store.add(parameter)
        return parameter
    }
}
