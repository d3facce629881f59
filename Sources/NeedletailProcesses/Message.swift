/// What one process tells another: numbers and texts, read in the order in which they were appended.
public struct Message: Sendable {
    public private(set) var bytes: [UInt8]
    private var position = 0

    public init(bytes: [UInt8] = []) { self.bytes = bytes }

    public mutating func append(_ value: Int) { append(bitPattern: UInt64(bitPattern: Int64(value))) }

    public mutating func append(_ value: Double) { append(bitPattern: value.bitPattern) }

    public mutating func append(_ value: Float) { append(bitPattern: UInt64(value.bitPattern)) }

    public mutating func append(_ text: String) {
        append(text.utf8.count)
        bytes += text.utf8
    }

    public mutating func append<Element>(
        _ elements: some Collection<Element>, each: (inout Message, Element) -> Void
    ) {
        append(elements.count)
        for element in elements { each(&self, element) }
    }

    private mutating func append(bitPattern: UInt64) {
        withUnsafeBytes(of: bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func nextInt() -> Int { Int(Int64(bitPattern: nextPattern())) }

    public mutating func nextDouble() -> Double { Double(bitPattern: nextPattern()) }

    public mutating func nextFloat() -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: nextPattern())) }

    public mutating func nextString() -> String {
        let count = nextCount()
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    public mutating func nextArray<Element>(_ next: (inout Message) -> Element) -> [Element] {
        (0..<nextCount()).map { _ in next(&self) }
    }

    /// No more than there are bytes left: a message is of this program, but memory is not asked for on anybody's word.
    private mutating func nextCount() -> Int { min(max(nextInt(), 0), bytes.count - position) }

    /// Zero behind the end.
    private mutating func nextPattern() -> UInt64 {
        guard position + 8 <= bytes.count else { return 0 }
        defer { position += 8 }
        return bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        }
    }
}
