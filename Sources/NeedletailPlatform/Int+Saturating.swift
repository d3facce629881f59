/// Numbers of files, options and networks may be anything; these conversions never end the program.
extension Int {
    /// The whole number next to a value on the way to 0, 0 for what is not a number, and at most 2⁵³ in size: what is
    /// beyond any count of pixels or bytes stays so, and can be added to and multiplied by small numbers.
    @inlinable
    package init(saturating value: Double) {
        let limit = 0x1p53
        self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, -limit), limit))
    }

    @inlinable
    package init(saturating value: Float) { self.init(saturating: Double(value)) }
}

extension UInt8 {
    /// The level next to a value on the way to 0, the least or the greatest for what is beyond them, and 0 for what is not a
    /// number.
    @inlinable
    package init(saturating value: Float) { self = value.isNaN ? 0 : UInt8(Swift.min(Swift.max(value, 0), 255)) }
}
