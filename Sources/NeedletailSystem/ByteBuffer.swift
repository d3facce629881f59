/// Bytes on their way to a file: appended one by one or in runs, taken out in large pieces or all at once.
public struct ByteBuffer: ~Copyable {
    @usableFromInline var storage: UnsafeMutablePointer<UInt8>
    @usableFromInline var length = 0
    @usableFromInline var capacity: Int
    /// Called with what has gathered when the next run does not fit; without it the buffer grows.
    @usableFromInline let drain: ((UnsafeRawBufferPointer) -> Void)?

    public init(capacity: Int = 1 << 18, drain: @escaping (UnsafeRawBufferPointer) -> Void) {
        storage = .allocate(capacity: capacity)
        self.capacity = capacity
        self.drain = drain
    }

    /// A buffer that keeps everything.
    public init(growingFrom capacity: Int) {
        storage = .allocate(capacity: capacity)
        self.capacity = capacity
        drain = nil
    }

    deinit {
        storage.deallocate()
    }

    /// How many bytes have gathered.
    @inlinable public var count: Int { length }

    /// What has gathered; valid until the next change.
    @inlinable public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: storage, count: count) }

    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        if count == capacity { makeRoom(for: 1) }
        storage[count] = byte
        length += 1
    }

    @inlinable
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        if bytes.count > capacity - count {
            makeRoom(for: bytes.count)
            guard bytes.count <= capacity - count else {
                drain?(UnsafeRawBufferPointer(bytes))
                return
            }
        }
        (storage + count).update(from: start, count: bytes.count)
        length += bytes.count
    }

    @inlinable @inline(__always)
    public mutating func append(_ literal: StaticString) {
        append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    @inlinable
    public mutating func append(text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    @usableFromInline
    mutating func makeRoom(for more: Int) {
        guard drain == nil else { return flush() }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: max(capacity * 2, count + more))
        larger.update(from: storage, count: count)
        storage.deallocate()
        storage = larger
        capacity = max(capacity * 2, count + more)
    }

    public mutating func flush() {
        guard count > 0, let drain else { return }
        drain(UnsafeRawBufferPointer(start: storage, count: count))
        length = 0
    }

    /// Forgets what was appended after the first `count` bytes.
    public mutating func truncate(to count: Int) {
        length = min(count, length)
    }
}
