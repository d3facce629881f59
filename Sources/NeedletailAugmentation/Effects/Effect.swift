import NeedletailImages
import NeedletailRandom

/// An operation that its name and a few numbers say: one of the tables in this folder.
///
/// What is drawn once is a setting: `gamma gamma=0.8..1.2` of a policy is `gamma gamma=1.1` in a recipe. What each pixel
/// or part draws for itself follows from a seed, which is drawn with the settings.
public struct Effect: Hashable, Sendable {
    private let index: Int
    /// In the order of the settings; the two ends of a range that is not drawn from.
    private let values: [[Double]]
    private let seed: UInt64

    private var definition: Definition { Self.all[index] }

    public var name: String { definition.name }

    func apply(to sample: inout LabeledImage) throws {
        try definition.apply(&sample, Numbers(values: values, seed: seed))
    }
}

extension Effect {
    /// A number of an effect, by which name a policy and a recipe have it.
    struct Setting: Sendable {
        let name: String
        /// What is drawn from where a policy says nothing.
        let standard: ClosedRange<Double>
        let limits: ClosedRange<Double>
        let count: Int
        let isWhole: Bool
        let isRange: Bool

        /// - Parameters:
        ///   - count: How many numbers are drawn.
        ///   - isWhole: Whether they are rounded.
        ///   - isRange: Whether the range is handed on as it is, for pixels or parts that draw from it themselves.
        init(
            _ name: String, _ standard: ClosedRange<Double>, within limits: ClosedRange<Double>, count: Int = 1,
            isWhole: Bool = false, isRange: Bool = false
        ) {
            self.name = name
            self.standard = standard
            self.limits = limits
            self.count = count
            self.isWhole = isWhole
            self.isRange = isRange
        }

        fileprivate func text(_ values: [Double]) -> String {
            let words = values.map { isWhole ? "\(Int($0))" : "\($0)" }
            return " \(name)=" + (isRange ? "\(words[0])..\(words[1])" : words.joined(separator: ","))
        }

        fileprivate func read(_ fields: inout OperationText) throws -> [Double] {
            if isRange {
                let range = try fields.range(name, within: limits)
                return [range.lowerBound, range.upperBound]
            }
            let values = try fields.numbers(name)
            guard values.count == count, values.allSatisfy(limits.contains) else {
                throw fields.error(
                    "\(name) takes \(count == 1 ? "a number" : "\(count) numbers") from \(limits.lowerBound) to "
                        + "\(limits.upperBound)")
            }
            return isWhole ? values.map { $0.rounded(.towardZero) } : values
        }

        fileprivate func draw(from range: ClosedRange<Double>, _ stream: inout RandomStream) -> [Double] {
            if isRange { return [range.lowerBound, range.upperBound] }
            return (0..<count).map { _ in
                let value = stream.number(in: range)
                return isWhole ? value.rounded() : value
            }
        }
    }

    /// The numbers of an effect by the places of its settings.
    struct Numbers: Sendable {
        let values: [[Double]]
        let seed: UInt64

        subscript(place: Int) -> Double { values[place][0] }

        func range(_ place: Int) -> ClosedRange<Double> { values[place][0]...values[place][1] }

        /// For what is drawn from the seed.
        var stream: RandomStream { RandomStream(seed: seed) }
    }

    struct Definition: Sendable {
        let name: String
        let settings: [Setting]
        var isSeeded = false
        let apply: @Sendable (inout LabeledImage, Numbers) throws -> Void

        /// What changes pixels where they are.
        static func pixels(
            _ name: String, _ settings: Setting..., isSeeded: Bool = false,
            change: @escaping @Sendable (Image, Numbers) throws -> Image
        ) -> Definition {
            Definition(name: name, settings: settings, isSeeded: isSeeded) { sample, numbers in
                sample.image = try change(sample.image, numbers)
            }
        }
    }

    static let all = orientations + warps + tones + colors + filters + noises + dropouts + weather
    private static let indices = Dictionary(uniqueKeysWithValues: zip(all.map(\.name), all.indices))

    /// The names of all, as policies and recipes have them.
    public static var names: [String] { all.map(\.name) }

    /// The operation as a recipe has it.
    public var text: String {
        zip(definition.settings, values).reduce(name) { $0 + $1.0.text($1.1) }
            + (definition.isSeeded ? " seed=\(seed)" : "")
    }

    /// - Returns: `nil` when the operation is none of the tables.
    init?(_ fields: inout OperationText) throws {
        guard let index = Self.indices[fields.name] else { return nil }
        self.index = index
        values = try Self.all[index].settings.map { try $0.read(&fields) }
        seed = Self.all[index].isSeeded ? try fields.unsigned("seed") : 0
    }

    /// An effect with ranges to draw its numbers from.
    public struct Ranges: Hashable, Sendable {
        private let index: Int
        private let ranges: [ClosedRange<Double>]

        /// - Returns: `nil` when the operation is none of the tables.
        init?(_ fields: inout OperationText) throws {
            guard let index = Effect.indices[fields.name] else { return nil }
            self.index = index
            ranges = try Effect.all[index].settings.map {
                try fields.range($0.name, default: $0.standard, within: $0.limits)
            }
        }

        func draw(from stream: inout RandomStream) -> Effect {
            let definition = Effect.all[index]
            let values = zip(definition.settings, ranges).map { $0.draw(from: $1, &stream) }
            return Effect(index: index, values: values, seed: definition.isSeeded ? stream.next() : 0)
        }
    }
}
