import NeedletailPlatform

/// A fixed block of single-precision numbers.
public final class FloatStorage {
    public let pointer: UnsafeMutablePointer<Float>
    public let count: Int
    private let origin: Origin

    private enum Origin {
        case heap
        /// Pages of the system's, with the number of bytes that they hold.
        case pages(Int)
        /// Somebody else's memory.
        case shared(AnyObject)
    }

    /// Blocks from here on get pages of their own, which are zero and cost nothing until they are used.
    package static let leastPagesSize = 1 << 20
    /// Bytes of a huge page, the second size of pages of x86 and, with pages of 4 KiB, of arm64.
    package static let hugePageSize = 1 << 21

    /// Makes a block aligned to a cache line, zero at first.
    public init(count: Int) throws(OutOfMemoryError) {
        self.count = count
        let bytes = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
        if bytes >= Self.leastPagesSize, let pages = Self.pages(bytes) {
            origin = .pages(pages.count)
            pointer = pages.start.bindMemory(to: Float.self, capacity: count)
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

    /// Maps at least as many bytes, in huge pages where the system has them.
    ///
    /// A network reads tens of megabytes of weights and maps in a row. With pages of 4 KiB the processor looks each 64 lines of
    /// them up in the tables of pages, which takes 7 % of AlexNet's time; a huge page is 512 of those.
    private static func pages(_ bytes: Int) -> (start: UnsafeMutableRawPointer, count: Int)? {
        #if canImport(Darwin)
            let flags = MAP_PRIVATE | MAP_ANON
        #else
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        func map(_ count: Int) -> UnsafeMutableRawPointer? {
            guard let base = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0) else { return nil }
            return base == MAP_FAILED ? nil : base
        }
        #if os(Linux)
            // The last huge page is taken where at least three quarters of it are needed.
            let part = bytes % hugePageSize, smallPages = (part + 0xFFFF) & ~0xFFFF
            let count = bytes - part + (4 * part < 3 * hugePageSize ? smallPages : hugePageSize)
            guard let base = map(count + hugePageSize) else { return map(bytes).map { ($0, bytes) } }
            let start = base.alignedUp(toMultipleOf: hugePageSize)
            if start > base { munmap(base, start - base) }
            if start < base + hugePageSize { munmap(start + count, base + hugePageSize - start) }
            // Where there are none, the pages are as before.
            madvise(start, count, MADV_HUGEPAGE)
            return (start, count)
        #else
            return map(bytes).map { ($0, bytes) }
        #endif
    }

    /// Lets the system take back the memory of numbers that lie in a mapped file and have not been changed; they are
    /// read again from the file when they are needed.
    ///
    /// - Precondition: This is a view of a private mapping of a file, and nothing was written to it.
    func dropPages(of range: Range<Int>) {
        let pageSize = 1 << 16  // A multiple of the page size of every system.
        let start = UnsafeMutableRawPointer(pointer + range.lowerBound).alignedUp(toMultipleOf: pageSize)
        let end = UnsafeMutableRawPointer(pointer + range.upperBound).alignedDown(toMultipleOf: pageSize)
        if start < end { madvise(start, end - start, MADV_DONTNEED) }
    }

    /// The numbers as a collection.
    public var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: pointer, count: count) }
}
