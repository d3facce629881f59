/// What helps against an error, as data: text in which settings and verbs are references, not words of one program.
///
///     "Make space, or name another folder with \(setting: .outputFolder). \(verb: .check) tells more."
///
/// A program puts its own words for them, `--output` and `'needletail check'`; ``description`` has the library's.
public struct Remedy: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    public enum Piece: Hashable, Sendable {
        case text(String)
        case setting(Setting)
        case verb(Verb)
    }

    public var pieces: [Piece]

    public init(pieces: [Piece]) { self.pieces = pieces }

    public init(stringLiteral value: String) { pieces = [.text(value)] }

    public init(stringInterpolation: Interpolation) { pieces = stringInterpolation.pieces }

    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.text(literal)) }
        }

        public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            pieces.append(.text("\(value)"))
        }

        /// Text that holds references of its own.
        public mutating func appendInterpolation(_ remedy: Remedy) { pieces += remedy.pieces }

        public mutating func appendInterpolation(setting: Setting) { pieces.append(.setting(setting)) }

        public mutating func appendInterpolation(verb: Verb) { pieces.append(.verb(verb)) }
    }

    /// The text with a program's words for the references.
    public func text(_ word: (Piece) -> String) -> String { pieces.map(word).joined() }

    /// The text with the names that the library has for settings and verbs.
    public var description: String { text(Wording.neutral.callAsFunction) }
}

/// Something that a person can set, by the library's name for it; targets add theirs as static members.
public struct Setting: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Something that a person can have done, such as checking a dataset.
public struct Verb: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
}
