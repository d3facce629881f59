/// The identifier of an image, a category or an annotation, as its dataset has it.
///
/// COCO uses whole numbers, but 0, numbers beyond 2⁵³ and texts all occur in the wild and are kept.
public enum RecordID: Hashable, Sendable {
    case integer(Int)
    case text(String)
    /// A number that is not a 64-bit whole number, as it is written.
    case number(String)

    /// The identifier as a whole number, when it is one.
    public var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }
}

extension RecordID: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
    public init(integerLiteral value: Int) {
        self = .integer(value)
    }

    public init(stringLiteral value: String) {
        self = .text(value)
    }

    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .text(let text): "\"\(text)\""
        case .number(let text): text
        }
    }
}

extension RecordID: Comparable {
    /// Whole numbers by value, then other numbers, then texts by their Unicode scalars.
    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)), (.number(let left), .number(let right)): left < right
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .integer: 0
        case .number: 1
        case .text: 2
        }
    }
}
