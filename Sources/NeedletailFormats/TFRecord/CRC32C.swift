/// The check value of TFRecord (Castagnoli's polynomial, RFC 3720), as TensorFlow masks it.
enum CRC32C {
    /// Eight tables: what a byte does, and what it does so many bytes further on.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            tables[byte] = value
        }
        for place in 256..<8 * 256 {
            let before = tables[place - 256]
            tables[place] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()

    static func masked(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let value = ~tables.withUnsafeBufferPointer { tables in
            var value: UInt32 = .max
            var place = 0
            while place + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian ^ UInt64(value)
                var next: UInt32 = 0
                for byte in 0..<8 {
                    next ^= tables[(7 - byte) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * byte) & 0xFF)]
                }
                value = next
                place += 8
            }
            while place < bytes.count {
                value = value >> 8 ^ tables[Int((value ^ UInt32(bytes[place])) & 0xFF)]
                place += 1
            }
            return value
        }
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
