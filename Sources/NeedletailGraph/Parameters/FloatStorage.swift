import NeedletailPlatform

/// A fixed block of single-precision numbers.
public final class FloatStorage {
    public let pointer: UnsafeMutablePointer<Float>
    public let count: Int
    private let origin: Origin

    private enum Origin {
        case heap
        /// Pages of the system's, with their number of bytes.
        case pages(Int)
        /// Somebody else's memory.
        case shared(AnyObject)
    }

    /// Blocks from here on get pages of their own, which are zero and cost nothing until they are used.
    private static let leastPagesSize = 1 << 20

    /// Makes a block aligned to a cache line, zero at first.
    public init(count: Int) throws(OutOfMemoryError) {
        self.count = count
        let bytes = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
        if bytes >= Self.leastPagesSize, let base = Self.pages(bytes) {
            origin = .pages(bytes)
            pointer = base.bindMemory(to: Float.self, capacity: count)
            return
        }
        var raw: UnsafeMutableRawPointer?
        let status = posix_memalign(&raw, 64, bytes)
        guard status == 0, let raw else { throw OutOfMemoryError(byteCount: bytes) }
        memset(raw, 0, bytes)
        origin = .heap
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 16))
    }

    /// Views numbers that lie elsewhere, aligned as a `Float` is, and keeps their owner alive.
    ///
    /// - Parameter memory: May be written to through this block alone.
    public init(sharing memory: UnsafeBufferPointer<Float>, of owner: AnyObject) {
        count = memory.count
        origin = .shared(owner)
        guard let base = memory.baseAddress else {
            pointer = .allocate(capacity: 1)  // An empty view needs some address, once.
            return
        }
        pointer = UnsafeMutablePointer(mutating: base)
    }

    deinit {
        switch origin {
        case .heap: free(pointer)
        case .pages(let bytes): munmap(pointer, bytes)
        case .shared: if count == 0 { pointer.deallocate() }
        }
    }

    private static func pages(_ bytes: Int) -> UnsafeMutableRawPointer? {
        #if canImport(Darwin)
            let flags = MAP_PRIVATE | MAP_ANON
        #else
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) else { return nil }
        return base == MAP_FAILED ? nil : base
    }

    /// Lets the system take back the memory of numbers that lie in a mapped file and have not been changed; they are
    /// read again from the file when they are needed.
    ///
    /// - Precondition: This is a view of a private mapping of a file, and nothing was written to it.
    func dropPages() {
        let pageSize = 1 << 16  // A multiple of the page size of every system.
        let start = UnsafeMutableRawPointer(pointer).alignedUp(toMultipleOf: pageSize)
        let end = UnsafeMutableRawPointer(pointer + count).alignedDown(toMultipleOf: pageSize)
        if start < end { madvise(start, end - start, MADV_DONTNEED) }
    }

    /// The numbers as a collection.
    public var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: pointer, count: count) }
}
