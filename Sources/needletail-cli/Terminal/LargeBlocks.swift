import NeedletailPlatform

/// What becomes of large blocks of memory that are free again.
enum LargeBlocks {
    /// Gives them back to the system at once. Training makes and drops images and batches of many sizes; an allocator that
    /// keeps the blocks for later ends up with several times the memory that is in use.
    static func giveBack() {
        #if canImport(Glibc)
            // No module has the header that declares it.
            typealias Option = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
            let mapsFrom: Int32 = -3  // M_MMAP_THRESHOLD
            guard let mallopt = dlsym(nil, "mallopt") else { return }
            _ = unsafeBitCast(mallopt, to: Option.self)(mapsFrom, 1 << 20)
        #endif
    }
}
