/// What a copy of a dataset lacks or has otherwise, by kind.
public struct DatasetDifference: Sendable {
    /// One kind of difference.
    public struct Loss: Hashable, Sendable {
        /// What is lost: `annotation ids`, `field segmentation` ...
        public var kind: String
        public var count: Int
        /// The first records concerned.
        public var examples: [String]
    }

    /// The greatest difference of a box's edge, in pixels; 0 when every number is the same.
    public internal(set) var greatestCoordinateDifference = 0.0
    /// In the order in which they were found.
    public internal(set) var losses: [Loss] = []

    /// Whether the copy says exactly what the original does.
    public var isExact: Bool { losses.isEmpty && greatestCoordinateDifference == 0 }

    static let exampleLimit = 3

    mutating func noteCoordinates(_ difference: Double) {
        greatestCoordinateDifference = max(greatestCoordinateDifference, difference)
    }

    package mutating func note(_ kind: String, count: Int = 1, _ example: @autoclosure () -> String) {
        let place = losses.firstIndex { $0.kind == kind } ?? losses.count
        if place == losses.count { losses.append(Loss(kind: kind, count: 0, examples: [])) }
        losses[place].count += count
        if losses[place].examples.count < Self.exampleLimit { losses[place].examples.append(example()) }
    }
}
