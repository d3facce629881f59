import NeedletailArchives
import NeedletailText

/// The object a PyTorch file holds, and the search for its weights.
struct TorchObject {
    let heap: PickleHeap
    let root: PickleValue

    /// Keys under which training scripts keep the weights, most telling first. Where a file has several, the first
    /// wins, so that running averages are taken only on request or when nothing else is there.
    static let customaryKeys = [
        "state_dict", "model", "model_state_dict", "model_state", "net", "net_state_dict", "network", "module",
        "weights", "params", "generator", "ema_state_dict", "state_dict_ema", "model_ema", "ema_model", "ema",
        "params_ema",
    ]

    struct StateDictionary {
        /// Keys that led to the weights, such as `["state_dict"]`.
        var path: [String]
        /// Names in file order; of a repeated name the last value counts, as in Python.
        var tensors: [(name: String, tensor: Int)]
        /// Numbers, texts and short lists found beside the weights.
        var metadata: [String: String]
    }

    private static let maximumDepth = 8
    private static let maximumMetadataByteCount = 1 << 20

    /// Finds the dictionary of tensors.
    ///
    /// A dictionary that holds tensors itself is taken, unless more numbers lie under one of `customaryKeys`: training
    /// scripts keep tensors of their own beside the weights, such as the best accuracy. Otherwise it is the first of
    /// these keys in order, or the only entry that holds tensors.
    ///
    /// - Parameter key: Keys to follow instead, separated by `/`.
    /// - Throws: `CheckpointError.Reason`.
    func stateDictionary(under key: String?) throws -> StateDictionary {
        var current = root
        var path: [String] = []
        var metadata = Metadata(limit: Self.maximumMetadataByteCount)

        if let key {
            for part in key.split(separator: "/").map(String.init) {
                let entries = try self.entries(of: current, at: path)
                collect(entries, into: &metadata)
                guard let next = entries.last(where: { $0.name == part })?.value else {
                    throw CheckpointError.Reason.noTensors(
                        detail: "no entry '\(printable(part))' in the file; it has \(list(entries))")
                }
                current = next
                path.append(part)
            }
        }
        for _ in 0..<Self.maximumDepth {
            let entries = try self.entries(of: current, at: path)
            collect(entries, into: &metadata)
            let holders = entries.filter { holdsTensors($0.value, depth: Self.maximumDepth) }
            let customary = customaryHolder(among: holders)
            if customary.map({ elementCount(of: $0.value) < elementCount(of: current, nested: false) }) ?? true,
                let tensors = try tensors(in: entries)
            {
                return StateDictionary(path: path, tensors: tensors, metadata: metadata.values)
            }
            guard let choice = customary ?? (holders.count == 1 ? holders[0] : nil) else {
                throw CheckpointError.Reason.noTensors(
                    detail: holders.isEmpty
                        ? "the file holds no tensors by name; it has \(list(entries))"
                        : "the file holds several sets of tensors, name one of them: \(list(holders))")
            }
            path.append(choice.name)
            current = choice.value
        }
        throw CheckpointError.Reason.noTensors(detail: "the file nests its tensors too deeply")
    }

    private typealias NamedEntry = (name: String, value: PickleValue)

    private func entries(of value: PickleValue, at path: [String]) throws -> [NamedEntry] {
        guard case .dictionary(let index) = value else {
            let place = path.isEmpty ? "the file" : "its entry '\(printable(path.joined(separator: "/")))'"
            throw CheckpointError.Reason.noTensors(
                detail: "\(place) holds a value of type \(value.typeName), not a dictionary of tensors. "
                    + "Save the model's state_dict()")
        }
        return heap.dictionaries[index].compactMap { entry in
            switch entry.key {
            case .string(let name): (name, entry.value)
            case .integer(let number): (String(number), entry.value)
            default: nil
            }
        }
    }

    /// The tensors among `entries`, or nil if there are none.
    private func tensors(in entries: [NamedEntry]) throws -> [(name: String, tensor: Int)]? {
        var tensors: [(name: String, tensor: Int)] = []
        var positions: [String: Int] = [:]
        for (name, value) in entries {
            switch value {
            case .tensor(let tensor):
                if let position = positions[name] {
                    tensors[position].tensor = tensor
                } else {
                    positions[name] = tensors.count
                    tensors.append((name, tensor))
                }
            case .unsupportedTensor(let kind):
                throw CheckpointError.Reason.unsupported(
                    detail: "entry '\(printable(name))' is a \(kind), which is not supported; "
                        + "save ordinary dense tensors")
            default: break
            }
        }
        return tensors.isEmpty ? nil : tensors
    }

    /// Of the entries under customary keys the first in the order of these that is no mere trifle beside another.
    private func customaryHolder(among holders: [NamedEntry]) -> NamedEntry? {
        let customary = Self.customaryKeys.compactMap { key in holders.last { $0.name == key } }
        let counts = customary.map { elementCount(of: $0.value) }
        return zip(customary, counts).first { 2 * $1 >= counts.max() ?? 0 }?.0
    }

    /// The numbers in the tensors of a dictionary, or in that below a customary key that has the most.
    private func elementCount(of value: PickleValue, nested: Bool = true) -> Double {
        var greatest = 0.0
        var level = [value]
        var seen: Set<Int> = []
        for _ in 0..<(nested ? Self.maximumDepth : 1) {
            var next: [PickleValue] = []
            for case .dictionary(let index) in level where seen.insert(index).inserted {
                var count = 0.0
                for entry in heap.dictionaries[index] {
                    switch (entry.key, entry.value) {
                    case (_, .tensor(let tensor)): count += heap.tensors[tensor].shape.reduce(1) { $0 * Double($1) }
                    case (.string(let name), .dictionary) where Self.customaryKeys.contains(name):
                        next.append(entry.value)
                    default: break
                    }
                }
                greatest = max(greatest, count)
            }
            level = next
        }
        return greatest
    }

    /// Whether a dictionary holds a tensor, itself or through customary keys. Looks at each dictionary only once a
    /// level, so a dictionary that holds itself ends the search.
    private func holdsTensors(_ value: PickleValue, depth: Int) -> Bool {
        var level = [value]
        var seen: Set<Int> = []
        for _ in 0..<depth {
            var next: [PickleValue] = []
            for case .dictionary(let index) in level where seen.insert(index).inserted {
                for entry in heap.dictionaries[index] {
                    guard case .string(let name) = entry.key else { continue }
                    switch entry.value {
                    case .tensor, .unsupportedTensor: return true
                    case .dictionary where Self.customaryKeys.contains(name): next.append(entry.value)
                    default: break
                    }
                }
            }
            level = next
        }
        return false
    }

    private func collect(_ entries: [NamedEntry], into metadata: inout Metadata) {
        for (name, value) in entries {
            if let text = scalarText(value) {
                metadata.insert(text, for: name)
            } else if let items = heap.items(value), !items.isEmpty, items.count <= 1000 {
                // Class names are often kept as a list.
                let elements = items.compactMap(jsonText)
                if elements.count == items.count { metadata.insert("[\(elements.joined(separator: ","))]", for: name) }
            }
        }
    }

    private func scalarText(_ value: PickleValue) -> String? {
        switch value {
        case .boolean(let flag): String(flag)
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .string(let text): text.utf8.count <= 4096 ? text : nil
        default: nil
        }
    }

    private func jsonText(_ value: PickleValue) -> String? {
        guard let text = scalarText(value) else { return nil }
        switch value {
        case .string: return JSONText.quoted(text)
        case .real(let number): return number.isFinite ? text : nil
        default: return text
        }
    }

    private func list(_ entries: [NamedEntry]) -> String {
        if entries.isEmpty { return "no named entries" }
        let shown = entries.prefix(20).map { "'\(printable($0.name))' (\($0.value.typeName))" }.joined(separator: ", ")
        return entries.count > 20 ? "\(shown) and \(entries.count - 20) more" : shown
    }

    /// Texts by key, up to a total length: a pickle can refer to one long text a million times.
    private struct Metadata {
        var values: [String: String] = [:]
        private var room: Int

        init(limit: Int) { room = limit }

        mutating func insert(_ text: String, for key: String) {
            room -= text.utf8.count + key.utf8.count
            if room >= 0 { values[key] = text }
        }
    }
}
