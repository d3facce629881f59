import NeedletailGraph
import NeedletailPlatform
import NeedletailRuntime

/// Which images an epoch has, in which order, and how they fall into batches.
///
/// All of it follows from the seed and the epoch alone. An epoch has as many batches as its images need, of which only
/// the last may be smaller than the others.
public struct EpochOrder: Sendable {
    /// What of an image decides when it is seen.
    public struct Image: Sendable {
        public var width: Int
        public var height: Int
        /// The class of each box.
        public var classIndices: [Int]

        public init(width: Int, height: Int, classIndices: [Int]) {
            self.width = width
            self.height = height
            self.classIndices = classIndices
        }
    }

    /// An image in an epoch.
    public struct Entry: Hashable, Sendable {
        public var row: Int
        /// How often the image has been in this epoch before.
        public var repetition: Int

        public init(row: Int, repetition: Int) {
            self.row = row
            self.repetition = repetition
        }
    }

    /// How often each image is in an epoch on average, at least 1; nil when all are in it once.
    public let repeatFactors: [Double]?
    private let batchSize: Int
    private let seed: UInt64
    /// The group of each image, from the tallest to the widest.
    private let groups: [Int]
    private let groupCount: Int
    private let isEmpty: [Bool]
    private let emptyCount: Int
    private let emptyImageLimit: Double

    /// - Precondition: `batchSize >= 1`.
    public init(images: [Image], sampling: SamplingConfiguration, batchSize: Int, seed: UInt64) {
        precondition(batchSize >= 1, "a batch of \(batchSize) images")
        self.batchSize = batchSize
        self.seed = seed
        repeatFactors = sampling.repeatThreshold.map { Self.repeatFactors(of: images, threshold: $0) }
        let boundaries = sampling.groupsByAspectRatio ? Self.boundaries : []
        groups = images.map { image in
            // A size that is not known counts as a square.
            let ratio = image.width > 0 && image.height > 0 ? Double(image.width) / Double(image.height) : 1
            return boundaries.count { $0 <= ratio }
        }
        groupCount = boundaries.count + 1
        isEmpty = images.map(\.classIndices.isEmpty)
        emptyCount = isEmpty.count { $0 }
        // Where no image has a box the limit would leave nothing.
        emptyImageLimit = emptyCount == images.count ? 1 : sampling.emptyImageLimit ?? 1
    }

    /// The ratios of width to height at which a group ends and the next begins.
    private static let boundaries = (-3...3).map { pow(2, Double($0) / 3) }

    private static func repeatFactors(of images: [Image], threshold: Double) -> [Double] {
        var counts: [Int: Int] = [:]
        for image in images {
            for classIndex in Set(image.classIndices) { counts[classIndex, default: 0] += 1 }
        }
        let factors = counts.mapValues { (threshold * Double(images.count) / Double($0)).squareRoot() }
        return images.map { image in image.classIndices.reduce(1) { max($0, factors[$1] ?? 1) } }
    }

    /// The batches of an epoch, counted from 0.
    public func batches(epoch: Int) -> [[Entry]] {
        let entries = entries(epoch: epoch)
        var stream = RandomStream(seed: seed, name: "order of epoch \(epoch)")
        var batches: [[Entry]] = []
        var waiting = [[Entry]](repeating: [], count: groupCount)
        for position in stream.permutation(of: entries.count) {
            let entry = entries[position], group = groups[entry.row]
            waiting[group].append(entry)
            guard waiting[group].count == batchSize else { continue }
            batches.append(waiting[group])
            waiting[group] = []
        }
        // Neighbours have shapes that differ least.
        let rest = waiting.flatMap { $0 }
        for start in stride(from: 0, to: rest.count, by: batchSize) {
            batches.append(Array(rest[start..<min(start + batchSize, rest.count)]))
        }
        return batches
    }

    public func batchCount(epoch: Int) -> Int {
        let repeats = repeats(epoch: epoch).reduce(0, +)
        return (repeats + keptEmptyCount(besides: repeats) + batchSize - 1) / batchSize
    }

    /// The batches of each of the first epochs.
    public func batchCounts(epochs: Int) -> [Int] {
        // Only what is drawn anew each epoch has to be counted each time.
        repeatFactors == nil
            ? [Int](repeating: batchCount(epoch: 0), count: epochs) : (0..<epochs).map { batchCount(epoch: $0) }
    }

    /// The images of an epoch in the order of the dataset.
    private func entries(epoch: Int) -> [Entry] {
        let repeats = repeats(epoch: epoch)
        let kept = keptEmptyRows(epoch: epoch, count: keptEmptyCount(besides: repeats.reduce(0, +)))
        return repeats.indices.flatMap { row in
            (0..<(isEmpty[row] ? (kept.contains(row) ? 1 : 0) : repeats[row])).map { Entry(row: row, repetition: $0) }
        }
    }

    /// How often each image with boxes is in an epoch: its factor, rounded up as often as its fraction says.
    private func repeats(epoch: Int) -> [Int] {
        guard let repeatFactors else { return isEmpty.map { $0 ? 0 : 1 } }
        var stream = RandomStream(seed: seed, name: "repeats of epoch \(epoch)")
        return zip(repeatFactors, isEmpty).map { factor, isEmpty in
            let whole = factor.rounded(.down)
            let isRoundedUp = Double(stream.nextUnit()) < factor - whole
            return isEmpty ? 0 : Int(saturating: whole) + (isRoundedUp ? 1 : 0)
        }
    }

    /// How many images without boxes may stand beside a number of those with some.
    private func keptEmptyCount(besides occupied: Int) -> Int {
        guard emptyImageLimit < 1 else { return emptyCount }
        // e / (e + occupied) ≤ limit; the small number is for products that should be whole and are just below.
        let most = emptyImageLimit * Double(occupied) / (1 - max(emptyImageLimit, 0))
        return min(emptyCount, Int(saturating: max(most, 0) + 1e-9))
    }

    private func keptEmptyRows(epoch: Int, count: Int) -> Set<Int> {
        let rows = isEmpty.indices.filter { isEmpty[$0] }
        guard count < rows.count else { return Set(rows) }
        var stream = RandomStream(seed: seed, name: "empty images of epoch \(epoch)")
        return Set(stream.permutation(of: rows.count).prefix(count).map { rows[$0] })
    }
}

extension EpochOrder {
    init(_ data: TrainingData, configuration: TrainingConfiguration) {
        self.init(
            images: data.examples.map { Image(width: $0.width, height: $0.height, classIndices: $0.classIndices) },
            sampling: configuration.sampling, batchSize: configuration.batchSize, seed: configuration.seed)
    }
}
