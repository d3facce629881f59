/// 128 bits that two different contents do not share, as far as anybody will see.
///
/// Multiplications whose high and low halves are folded, as in wyhash (Wang Yi, 2019), in two lanes. Not meant to
/// resist someone who looks for a collision.
struct ContentHash: Hashable, Sendable, Codable {
    private var first: UInt64
    private var second: UInt64

    init(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) {
        var first = 0x9e37_79b9_7f4a_7c15 ^ seed
        var second = 0xbf58_476d_1ce4_e5b9 &+ UInt64(bytes.count)
        func take(_ left: UInt64, _ right: UInt64) {
            first = Self.fold(first ^ left, 0xa076_1d64_78bd_642f ^ right)
            second = Self.fold(second ^ right, 0xe703_7ed1_a0b4_28db ^ left) &+ left
        }
        var offset = 0
        while offset + 16 <= bytes.count {
            take(
                bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            offset += 16
        }
        var rest: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &rest) { $0.copyBytes(from: bytes[offset...]) }
        take(rest.0, rest.1)
        self.first = Self.fold(first, second ^ 0x8ebc_6af0_9c88_c6e3)
        self.second = Self.fold(second, first ^ 0x5899_65cc_7537_4cc3)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
