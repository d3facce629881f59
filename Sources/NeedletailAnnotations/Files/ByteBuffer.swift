/// Bytes on their way to a file: appended one by one or in runs, taken out in large pieces.
struct ByteBuffer: ~Copyable {
    private let storage: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    let capacity: Int
    /// Called with what has gathered when the next run does not fit.
    private let drain: (UnsafeRawBufferPointer) -> Void

    init(capacity: Int = 1 << 18, drain: @escaping (UnsafeRawBufferPointer) -> Void) {
        storage = .allocate(capacity: capacity)
        self.capacity = capacity
        self.drain = drain
    }

    deinit {
        storage.deallocate()
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if count == capacity { flush() }
        storage[count] = byte
        count += 1
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        if bytes.count > capacity - count {
            flush()
            guard bytes.count <= capacity else {
                drain(UnsafeRawBufferPointer(bytes))
                return
            }
        }
        (storage + count).update(from: start, count: bytes.count)
        count += bytes.count
    }

    mutating func flush() {
        guard count > 0 else { return }
        drain(UnsafeRawBufferPointer(start: storage, count: count))
        count = 0
    }
}
