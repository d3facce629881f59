import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages

/// What is wrong with the pictures of a classifier's dataset, found by looking into every file.
public struct ClassificationCheck: Sendable {
    /// Rows of pictures that cannot be decoded, and why.
    public private(set) var broken: [(row: Int, reason: String)] = []
    /// Rows of pictures that repeat an earlier one, bit for bit, and its row.
    public private(set) var repeated: [(row: Int, original: Int)] = []
    /// Those of them whose classes are others.
    public private(set) var contradictory: [(row: Int, original: Int)] = []
    /// For each picture the lowest row of those that are like it or of one photograph with it.
    public private(set) var groups: [Int]

    /// - Parameters:
    ///   - findsSimilar: Whether pictures that are only alike are put into one group, too.
    ///   - progress: Called with how many files of how many are done.
    public init(
        _ dataset: ClassificationDataset, findsSimilar: Bool, progress: (Int, Int) -> Void = { _, _ in }
    ) {
        groups = Array(dataset.items.indices)
        let files = Self.files(of: dataset)
        var facts: [PictureFacts] = []
        facts.reserveCapacity(files.paths.count)
        let batch = 64
        for start in stride(from: 0, to: files.paths.count, by: batch) {
            let end = min(start + batch, files.paths.count)
            facts += concurrentMap(end - start) { PictureFacts(path: files.paths[start + $0]) }
            progress(end, files.paths.count)
        }
        var owners: [Int?] = facts.map { _ in nil }
        for (row, place) in files.places.enumerated() {
            guard let place else { continue }
            if let failure = facts[place].failure { broken.append((row, "\(failure)")) }
            if let owner = owners[place] { unite(row, owner) } else { owners[place] = row }
        }
        let isWhole = dataset.items.map { item in if case .crop = item.source { false } else { true } }
        for (place, match) in SimilarPictures(paths: files.paths, facts: facts, findsNear: findsSimilar).matches
            .sorted(by: { $0.key < $1.key })
        {
            guard let row = owners[place], let original = owners[match.original] else { continue }
            unite(row, original)
            if match.likeness == .same, isWhole[row], isWhole[original] { note(row, original, dataset) }
        }
        findRepeatedArrays(dataset)
        groups = groups.indices.map(root)
    }

    /// Each file once, and for each picture the place of its own.
    private static func files(of dataset: ClassificationDataset) -> (paths: [String], places: [Int?]) {
        var paths: [String] = []
        var known: [String: Int] = [:]
        let places = dataset.items.map { item -> Int? in
            guard let path = item.file else { return nil }
            if let place = known[path] { return place }
            known[path] = paths.count
            paths.append(path)
            return paths.count - 1
        }
        return (paths, places)
    }

    private mutating func findRepeatedArrays(_ dataset: ClassificationDataset) {
        var originals: [ContentHash: Int] = [:]
        for (row, item) in dataset.items.enumerated() {
            guard case .array(let pictures, let index) = item.source else { continue }
            let hash = pictures[index].withUnsafeBytes { ContentHash(UnsafeRawBufferPointer($0)) }
            if let original = originals[hash] {
                unite(row, original)
                note(row, original, dataset)
            } else {
                originals[hash] = row
            }
        }
    }

    private mutating func note(_ row: Int, _ original: Int, _ dataset: ClassificationDataset) {
        if dataset.items[row].labels == dataset.items[original].labels {
            repeated.append((row, original))
        } else {
            contradictory.append((row, original))
        }
    }

    private mutating func unite(_ left: Int, _ right: Int) {
        let (left, right) = (root(left), root(right))
        groups[max(left, right)] = min(left, right)
    }

    private func root(_ row: Int) -> Int {
        var row = row
        while groups[row] != row { row = groups[row] }
        return row
    }
}

extension ClassificationDataset {
    /// Shares the pictures out into two parts that have their share of every class; pictures of one group stay together.
    ///
    /// - Parameters:
    ///   - share: Of the second part, 0 to 1.
    ///   - groups: A number for each picture.
    /// - Returns: The rows of both, ascending.
    public func holdingOut(_ share: Double, groups: [Int], seed: UInt64) -> (kept: [Int], heldOut: [Int]) {
        precondition(groups.count == items.count, "\(groups.count) groups, \(items.count) pictures")
        var members: [Int: [Int]] = [:]
        for (row, group) in groups.enumerated() { members[group, default: []].append(row) }
        let units = members.sorted { $0.key < $1.key }.map(\.value)
        let assigned = IterativeStratification.assign(
            units.map { unit in
                IterativeStratification.Unit(
                    size: unit.count,
                    counts: unit.reduce(into: [:]) { counts, row in
                        let labels = items[row].labels
                        for label in labels.isEmpty ? [classes.count] : labels { counts[label, default: 0] += 1 }
                    })
            }, shares: [1 - share, share], seed: seed)
        var parts: [[Int]] = [[], []]
        for (unit, part) in zip(units, assigned) { parts[part] += unit }
        return (parts[0].sorted(), parts[1].sorted())
    }
}
