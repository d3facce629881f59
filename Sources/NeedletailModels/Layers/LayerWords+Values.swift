import NeedletailErrors
import NeedletailGraph
import NeedletailKernels

/// What words mean.
extension LayerWords {
    private static let greatest = 65_536

    /// A whole number.
    ///
    /// - Throws: ``LayerListError`` where it is none from 1 to 65536.
    func number(_ word: Word) throws(LayerListError) -> Int {
        guard let number = Int(word.value), (1...Self.greatest).contains(number) else {
            throw error(
                "'\(word.text)' is no number from 1 to \(Self.greatest)",
                "Write '\(word.name.map { "\($0)=64" } ?? "\(kind) 64")', say.", at: word)
        }
        return number
    }

    func number(_ name: String) throws(LayerListError) -> Int? {
        guard let word = setting(name) else { return nil }
        return try number(word)
    }

    /// A number with a fraction.
    func real(_ word: Word, in range: Range<Float>, example: String) throws(LayerListError) -> Float {
        guard let number = Float(word.value), range.contains(number) else {
            throw error(
                "'\(word.text)' is no number from \(range.lowerBound) to below \(range.upperBound)",
                "Write '\(example)', say.", at: word)
        }
        return number
    }

    func real(_ name: String, in range: Range<Float>, example: String) throws(LayerListError) -> Float? {
        guard let word = setting(name) else { return nil }
        return try real(word, in: range, example: "\(name)=\(example)")
    }

    /// Height and width behind the name of the layer.
    func size(of thing: String = "window", example: String = "3") throws(LayerListError) -> Extent {
        let known: Remedy = "Write '\(kind) \(example)', or '\(kind) \(example)x5' for height and width."
        guard let word = argument else { throw error("the size of the \(thing) is missing", known) }
        guard let size = Self.extent(word.value) else {
            throw error("'\(word.text)' is no size of a \(thing)", known, at: word)
        }
        return size
    }

    func extent(_ name: String) throws(LayerListError) -> Extent? {
        guard let word = setting(name) else { return nil }
        guard let extent = Self.extent(word.value) else {
            throw error(
                "'\(word.text)' is no size", "Write '\(name)=2', or '\(name)=2x1' for height and width.", at: word)
        }
        return extent
    }

    func padding() throws(LayerListError) -> Padding {
        guard let word = setting("padding") else { return .valid }
        if word.value == "same" { return .same() }
        let sizes = word.value.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let known = sizes.compactMap { $0 }.filter { (0...Self.greatest).contains($0) }
        guard known.count == sizes.count, [1, 4].contains(known.count) else {
            throw error(
                "'\(word.text)' is no padding",
                "Write 'padding=1', 'padding=0,1,0,1' for top, left, bottom and right, or 'padding=same'.", at: word)
        }
        if known.count == 1 { return Padding(known[0]) }
        return .edges(EdgePadding(top: known[0], left: known[1], bottom: known[2], right: known[3]))
    }

    private static func extent(_ word: String) -> Extent? {
        let parts = word.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = parts.compactMap { $0 }.filter { (1...greatest).contains($0) }
        guard numbers.count == parts.count else { return nil }
        switch numbers.count {
        case 1: return Extent(numbers[0])
        case 2: return Extent(height: numbers[0], width: numbers[1])
        default: return nil
        }
    }
}
