/// Numbers for new records: on from the highest that others have, or those left free below where that is the last there is.
package struct UnusedNumbers {
    private var used: Set<Int>
    private var latest: Int

    package init(besides used: some Sequence<Int>) {
        self.used = Set(used)
        latest = max(self.used.max() ?? 0, 0)
    }

    package mutating func next() -> Int {
        if latest == .max { latest = 0 }
        repeat { latest += 1 } while used.contains(latest)
        used.insert(latest)
        return latest
    }
}
