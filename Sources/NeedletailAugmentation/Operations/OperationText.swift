/// A line of a policy or a recipe: a name, then `key=value` pairs; a value is a number, `low..high`, or `a,b,c`.
struct OperationText {
    let name: String
    let line: String
    private var values: [String: String] = [:]
    /// The keys that were asked for, in order, each as it may be written.
    private var asked: [(key: String, example: String)] = []

    init(_ line: String) throws {
        self.line = line
        let words = line.split(whereSeparator: \.isWhitespace)
        name = words.first.map(String.init) ?? ""
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, values.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw AugmentationError("'\(line)': '\(word)' is not understood. Write each setting once, as key=value")
            }
        }
    }

    func error(_ problem: String) -> AugmentationError { AugmentationError("'\(line)': \(problem)") }

    /// The operation with all that it was asked for at its defaults.
    var example: String { ([name] + asked.map { "\($0.key)=\($0.example)" }).joined(separator: " ") }

    private mutating func take(_ key: String, example: String = "") -> String? {
        asked.append((key, example))
        return values[key]
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    /// A number, or `low..high`.
    mutating func range(
        _ key: String, default standard: ClosedRange<Double>? = nil, within limits: ClosedRange<Double>
    ) throws -> ClosedRange<Double> {
        let ends = standard.map { Set([$0.lowerBound, $0.upperBound]).sorted().map(Self.short) } ?? []
        guard let text = take(key, example: ends.joined(separator: "..")) else {
            guard let standard else { throw error("\(key) is missing") }
            return standard
        }
        var bounds: [Double?] = []
        if let dots = text.firstRange(of: "..") {
            bounds = [Double(String(text[..<dots.lowerBound])), Double(String(text[dots.upperBound...]))]
        } else {
            bounds = [Double(text), Double(text)]
        }
        guard let low = bounds[0], let high = bounds[1], low <= high, limits.contains(low), limits.contains(high) else {
            throw error(
                "\(key) takes a number, or low..high, from \(limits.lowerBound) to \(limits.upperBound), not \(text)")
        }
        return low...high
    }

    mutating func number(
        _ key: String, default standard: Double? = nil, within limits: ClosedRange<Double>
    ) throws -> Double {
        guard let text = take(key, example: standard.map(Self.short) ?? "") else {
            guard let standard else { throw error("\(key) is missing") }
            return standard
        }
        guard let value = Double(text), limits.contains(value) else {
            throw error("\(key) takes a number from \(limits.lowerBound) to \(limits.upperBound), not \(text)")
        }
        return value
    }

    /// A number of pixels, where one is given.
    mutating func pixels(_ key: String) throws -> Int? {
        guard let text = take(key, example: "PIXELS") else { return nil }
        guard let value = Int(text), 1...8192 ~= value else {
            throw error("\(key) takes whole pixels from 1 to 8192, not \(text)")
        }
        return value
    }

    /// Places, sizes and numbers of images: so small that sums of them are numbers, too.
    mutating func integers(_ key: String) throws -> [Int] {
        let parts = (take(key) ?? "").split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let values = parts.compactMap(\.self)
        guard !values.isEmpty, values.count == parts.count else { throw error("\(key) takes whole numbers, as 1,2,3") }
        guard let greatest = values.map(\.magnitude).max(), greatest <= 1_000_000_000 else {
            throw error("\(key) takes whole numbers up to 1000000000")
        }
        return values
    }

    mutating func integer(_ key: String) throws -> Int {
        let values = try integers(key)
        guard values.count == 1 else { throw error("\(key) takes one whole number") }
        return values[0]
    }

    mutating func numbers(_ key: String) throws -> [Double] {
        let parts = (take(key) ?? "").split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        let values = parts.compactMap(\.self)
        guard !values.isEmpty, values.count == parts.count, values.allSatisfy(\.isFinite) else {
            throw error("\(key) takes numbers, as 0.5,1")
        }
        return values
    }

    mutating func unsigned(_ key: String) throws -> UInt64 {
        guard let value = UInt64(take(key) ?? "") else { throw error("\(key) takes a whole number") }
        return value
    }

    /// - Throws: When a key was given that nothing asked for.
    func finish() throws {
        if let unknown = values.keys.filter({ key in !asked.contains { $0.key == key } }).min() {
            let keys = asked.map(\.key).sorted().joined(separator: ", ")
            throw error("there is no setting '\(unknown)'. \(name) has \(keys)")
        }
    }
}
