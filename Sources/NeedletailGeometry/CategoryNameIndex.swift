/// Finds categories by name: the one rule by which datasets, detectors and detections are matched.
///
/// A name is looked for as it stands. Where there is none, it is one that differs in case, in white space around it, or in
/// having `_` or `-` where the other has spaces, as `stop_sign` and `Stop sign`, if it is the only one that does. Letters
/// composed of several code points are the same as those that are one.
public struct CategoryNameIndex: Sendable {
    private var exact: [String: [Int]] = [:]
    private var loose: [String: [Int]] = [:]

    public init(_ names: some Sequence<String>) {
        for (place, name) in names.enumerated() {
            exact[name, default: []].append(place)
            loose[Self.key(name), default: []].append(place)
        }
    }

    /// The places of a name among those of the index: several only of categories that are called exactly so.
    public func places(of name: String) -> [Int] {
        if let places = exact[name] { return places }
        guard let places = loose[Self.key(name)], places.count == 1 else { return [] }
        return places
    }

    /// The places of each of several names, none that is another's by its exact name.
    public func places(of names: [String]) -> [[Int]] {
        let taken = Set(names.flatMap { exact[$0] ?? [] })
        return names.map { name in exact[name] ?? places(of: name).filter { !taken.contains($0) } }
    }

    /// The first place of a name.
    public func place(of name: String) -> Int? { places(of: name).first }

    private static func key(_ name: String) -> String {
        name.lowercased().split { $0.isWhitespace || $0 == "_" || $0 == "-" }.joined(separator: " ")
    }
}
