import Foundation

/// A value of a JSON fixture, reached by names and positions.
public struct Fixture {
    private let value: Any?

    private init(value: Any?) {
        self.value = value
    }

    /// Reads `name.json` from the fixtures of a test bundle.
    public init(_ name: String, in bundle: Bundle) throws {
        guard let url = bundle.url(forResource: "Fixtures/\(name)", withExtension: "json") else {
            throw CocoaError(.fileNoSuchFile)
        }
        value = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    }

    public subscript(key: String) -> Fixture { Fixture(value: (value as? [String: Any])?[key]) }
    public subscript(index: Int) -> Fixture { Fixture(value: (value as? [Any])?[index]) }
    public var keys: [String] { ((value as? [String: Any])?.keys.sorted()) ?? [] }
    public var elements: [Fixture] { (value as? [Any])?.map(Fixture.init(value:)) ?? [] }
    public var exists: Bool { value != nil && !(value is NSNull) }
    public var double: Double { (value as? NSNumber)?.doubleValue ?? .nan }
    public var float: Float { Float(double) }
    public var int: Int { (value as? NSNumber)?.intValue ?? .min }
    public var string: String { value as? String ?? "" }
    public var floats: [Float] { elements.map(\.float) }
    public var doubles: [Double] { elements.map(\.double) }
    public var ints: [Int] { elements.map(\.int) }
}

/// The greatest difference between two arrays, relative to the greatest magnitude in the second.
public func relativeError(_ values: [Float], _ expected: [Float]) -> Float {
    guard values.count == expected.count else { return .infinity }
    let scale = expected.map { abs($0) }.max() ?? 0
    let difference = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
    guard difference.isFinite else { return .infinity }
    return scale > 0 ? difference / scale : difference
}
