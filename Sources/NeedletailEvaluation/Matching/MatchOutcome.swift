/// What a detection becomes at an area range and an IoU threshold, in a byte.
enum MatchOutcome {
    /// Nothing matched it: a false positive, unless its own size is outside of the range.
    static let unmatched: UInt8 = 0
    static let truePositive: UInt8 = 1
    static let ignored: UInt8 = 2
}
