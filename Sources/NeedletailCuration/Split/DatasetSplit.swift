import NeedletailDatasets

/// A dataset shared out into parts: training, validation, test, or the folds of a cross-validation.
///
/// Images of one group stay together. The parts get their share of the images of every class, as nearly as the groups
/// allow. The same seed gives the same parts.
public struct DatasetSplit: Sendable {
    public struct Part: Hashable, Sendable {
        public var name: String
        /// Its part of the whole, greater than 0; shares need not add up to 1.
        public var share: Double

        public init(name: String, share: Double) {
            self.name = name
            self.share = share
        }
    }

    public let parts: [Part]
    /// The rows of each part's images, ascending; every image of the dataset is in one part.
    public let images: [[Int]]
    private let dataset: Dataset
    /// The dataset or, where its images name a split, with the new names: what they were before would mislead.
    private let source: Dataset

    /// - Parameters:
    ///   - groups: A number for each image; images with the same one stay together.
    ///   - isStratified: Whether parts get their share of every class, not only of all images.
    /// - Precondition: At least one part, all shares greater than 0, as many groups as images.
    public init(
        _ dataset: Dataset, into parts: [Part], groups: [Int], isStratified: Bool = true, seed: UInt64 = 0
    ) {
        precondition(!parts.isEmpty && parts.allSatisfy { $0.share > 0 && $0.share.isFinite }, "\(parts)")
        precondition(groups.count == dataset.images.count, "\(groups.count) groups, \(dataset.images.count) images")
        self.dataset = dataset
        self.parts = parts
        var members: [Int: [Int]] = [:]
        for (image, group) in groups.enumerated() { members[group, default: []].append(image) }
        let units = members.sorted { $0.key < $1.key }.map(\.value)
        let total = parts.reduce(0) { $0 + $1.share }
        let labels = isStratified ? Self.labels(of: dataset) : dataset.images.map { _ in [] }
        let assigned = IterativeStratification.assign(
            units.map { unit in
                IterativeStratification.Unit(
                    size: unit.count,
                    counts: unit.reduce(into: [:]) { counts, image in
                        for label in labels[image] { counts[label, default: 0] += 1 }
                    })
            }, shares: parts.map { $0.share / total }, seed: seed)
        var images = [[Int]](repeating: [], count: parts.count)
        for (unit, part) in zip(units, assigned) { images[part] += unit }
        self.images = images.map { $0.sorted() }
        let namesSplits = dataset.images.indices.contains { dataset.field("split", ofImage: $0) != nil }
        source = namesSplits ? Self.labelled(dataset, parts, self.images) : dataset
    }

    /// The classes that each image has; of an image without boxes a label of its own, so that these are shared out
    /// too.
    private static func labels(of dataset: Dataset) -> [[Int]] {
        (0..<dataset.images.count).map { image in
            let classes = Set(dataset.annotations(ofImage: image).map { dataset.annotations.category(of: $0) })
            return classes.isEmpty ? [dataset.categories.count] : classes.sorted()
        }
    }

    /// The images of one part with their annotations, and all categories.
    public func dataset(of part: Int) -> Dataset { source.selecting(images: images[part]) }

    /// The images of all parts but one.
    public func dataset(without part: Int) -> Dataset {
        source.selecting(images: images.indices.filter { $0 != part }.flatMap { images[$0] }.sorted())
    }

    /// The whole dataset, each image with the name of its part in the field `split`, which formats with lists of images
    /// go by.
    public var labelled: Dataset { Self.labelled(dataset, parts, images) }

    private static func labelled(_ dataset: Dataset, _ parts: [Part], _ images: [[Int]]) -> Dataset {
        var names = [String](repeating: "", count: dataset.images.count)
        for (part, rows) in zip(parts, images) {
            for row in rows { names[row] = part.name }
        }
        return dataset.withFields(ofImages: { [("split", .text(names[$0]))] })
    }

    /// How many boxes and how many images of each category each part has.
    public var classCounts: [(category: Category, boxes: [Int], images: [Int])] {
        var boxes = [[Int]](repeating: Array(repeating: 0, count: parts.count), count: dataset.categories.count)
        var pictures = boxes
        for (part, rows) in images.enumerated() {
            for row in rows {
                let classes = dataset.annotations(ofImage: row).map { dataset.annotations.category(of: $0) }
                for category in classes { boxes[category][part] += 1 }
                for category in Set(classes) { pictures[category][part] += 1 }
            }
        }
        return dataset.categories.indices.map { (dataset.categories[$0], boxes[$0], pictures[$0]) }
    }
}
