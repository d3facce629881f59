/// Floats with a margin of NaN on both sides: what is read beyond an end poisons the result, and what is written there
/// is noticed.
final class GuardedBuffer {
    private static let margin = 64
    private let storage: UnsafeMutableRawPointer
    let count: Int

    /// The first float, 64-byte aligned.
    var pointer: UnsafeMutablePointer<Float> {
        storage.assumingMemoryBound(to: Float.self) + Self.margin
    }

    init(count: Int, fill: Float = .nan) {
        self.count = count
        let total = count + 2 * Self.margin
        storage = .allocate(byteCount: total * MemoryLayout<Float>.stride, alignment: 64)
        let floats = storage.bindMemory(to: Float.self, capacity: total)
        floats.initialize(repeating: .nan, count: total)
        pointer.update(repeating: fill, count: count)
    }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        for (index, value) in values.enumerated() { pointer[index] = value }
    }

    deinit { storage.deallocate() }

    var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Whether the margins are as they were.
    var isIntact: Bool {
        let floats = storage.assumingMemoryBound(to: Float.self)
        return (0..<Self.margin).allSatisfy { floats[$0].isNaN && floats[Self.margin + count + $0].isNaN }
    }
}
