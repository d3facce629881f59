import NeedletailArchives
import NeedletailCheckpoints
import NeedletailSystem
import Testing

/// ONNX files are read and written as their format says.
struct ONNXFileTests {
    /// `int32 1 = 300, float 2 = 1.5, packed int64 3 = [1, -1]`, by hand from the encoding's rules.
    @Test func fieldsByHand() throws {
        var message = ProtobufMessage()
        message.integer(1, 300)
        message.float(2, 1.5)
        message.packed(3, [Int64(1), -1])
        var bytes: [UInt8] = []
        message.write { bytes += Array($0) }
        #expect(
            bytes == [0x08, 0xac, 0x02, 0x15, 0, 0, 0xc0, 0x3f, 0x1a, 11, 1]
                + [UInt8](repeating: 0xff, count: 9) + [1])
        #expect(bytes.count == message.count)
        let (integer, float, integers, rest) = try bytes.withUnsafeBytes { raw in
            var reader = ProtobufReader(raw)
            return (
                try reader.next()?.integer(), try reader.next()?.float(), try reader.next()?.integers(),
                try reader.next() == nil
            )
        }
        #expect(integer == 300 && float == 1.5 && integers == [1, -1] && rest)
    }

    @Test(
        arguments: [
            [0x08],  // A number without an end.
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],  // One of 65 bits.
            [0x0a, 0x05, 1],  // Longer than what is there.
            [0x0b],  // A group, which nothing here has.
            [0x00, 0x00],  // Field 0.
        ] as [[UInt8]])
    func brokenFieldsAreRefused(_ bytes: [UInt8]) {
        #expect(throws: (any Error).self) {
            try bytes.withUnsafeBytes { raw in
                var reader = ProtobufReader(raw)
                while try reader.next() != nil {}
            }
        }
    }
}
