extension UnsafeBufferPointer<Float> {
    /// Whether none of the numbers is infinite or none at all.
    package var areFinite: Bool {
        // The exponent of those that are not has all bits; comparing integers runs through vectors.
        var greatest: UInt32 = 0
        for value in self { greatest = Swift.max(greatest, value.bitPattern & 0x7FFF_FFFF) }
        return greatest < 0x7F80_0000
    }
}
