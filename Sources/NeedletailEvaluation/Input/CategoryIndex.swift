/// The dense index of every category id.
struct CategoryIndex: Sendable {
    /// By id, for the small ids that nearly all data sets have; −1 of none.
    private var small: [Int32]
    private var others: [Int: Int32] = [:]

    /// - Parameter ids: Unique.
    init(_ ids: [Int]) {
        let bound = 1 << 12
        small = Array(repeating: -1, count: (ids.lazy.filter { (0..<bound).contains($0) }.max() ?? -1) + 1)
        for (index, id) in ids.enumerated() {
            if small.indices.contains(id) { small[id] = Int32(index) } else { others[id] = Int32(index) }
        }
    }

    subscript(id: Int) -> Int32? {
        guard small.indices.contains(id) else { return others[id] }
        return small[id] < 0 ? nil : small[id]
    }
}
