import NeedletailDatasets
import NeedletailModels
import NeedletailGeometry

/// A dataset as a detector is trained on it: files, boxes and output columns.
public struct TrainingData: Sendable {
    struct Example: Sendable {
        /// As the dataset calls it.
        var name: String
        var path: String
        var width: Int
        var height: Int
        var boxes: [Corners]
        var labels: [Int]
    }

    let examples: [Example]
    /// What of the dataset is not trained on, for the log.
    public let setAside: [String]
    /// The dataset's path and fingerprint.
    public let source: String
    public let fingerprint: DatasetFingerprint

    /// Number of images.
    public var count: Int { examples.count }
    /// Number of boxes.
    public var boxCount: Int { examples.reduce(0) { $0 + $1.boxes.count } }

    /// Number of boxes of each of the detector's output columns.
    public func boxCounts(columns: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: columns)
        for example in examples {
            for label in example.labels { counts[label] += 1 }
        }
        return counts
    }

    /// - Parameters:
    ///   - categories: The detector's; categories of the dataset are found by name.
    ///   - keepsEmptyImages: Whether images without boxes are trained on, as background.
    /// - Throws: ``TrainingError`` when nothing is left to train on or a category is unknown to the detector.
    public init(_ dataset: Dataset, categories: [DenseDetector.Category], keepsEmptyImages: Bool) throws {
        let columns = try CategoryMap.columns(of: dataset, categories: categories)
        let view = dataset.trainingView(keepsEmptyImages: keepsEmptyImages)
        source = dataset.provenance.path
        fingerprint = DatasetFingerprint(dataset)
        examples = view.images.enumerated().map { position, row in
            let record = dataset.images[row]
            let objects = view.objects(at: position)
            return Example(
                name: record.fileName, path: dataset.imagePath(ofImage: row), width: record.width,
                height: record.height,
                boxes: objects.map(\.box.corners), labels: objects.map { columns[$0.category] })
        }
        setAside = view.setAside.map { item in
            let name = dataset.images[item.image].fileName
            guard let annotation = item.annotation else { return "\(name): \(item.reason.rawValue)" }
            let id = dataset.annotations[annotation].id.map { "annotation \($0)" } ?? "annotations[\(annotation)]"
            return "\(name): \(id) \(item.reason.rawValue)"
        }
        guard !examples.isEmpty else {
            throw TrainingError(
                "\(dataset.provenance.path): there is no image with a usable box to train on "
                    + "(\(dataset.images.count) images, \(dataset.annotations.count) boxes).")
        }
    }
}

/// How a dataset's categories correspond to a detector's: by name.
enum CategoryMap {
    /// The detector's output column of each row of the dataset's categories.
    static func columns(of dataset: Dataset, categories: [DenseDetector.Category]) throws -> [Int] {
        try detectorCategories(of: dataset, categories: categories).map(\.column)
    }

    /// The dataset's category number of each of the detector's ids.
    static func numbers(of dataset: Dataset, categories: [DenseDetector.Category]) throws -> [Int: Int] {
        let known = try detectorCategories(of: dataset, categories: categories)
        return Dictionary(
            zip(known.map(\.id), dataset.categories.map(\.number)), uniquingKeysWith: { first, _ in first })
    }

    private static func detectorCategories(of dataset: Dataset, categories: [DenseDetector.Category]) throws
        -> [DenseDetector.Category]
    {
        let byName = Dictionary(categories.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return try dataset.categories.map { category in
            guard let known = byName[category.name] else {
                throw TrainingError(
                    "\(dataset.provenance.path): the category '\(category.name)' (id \(category.id)) is not one of the "
                        + "detector's: \(categories.map(\.name).joined(separator: ", ")). Rename or remove it, or train "
                        + "on a dataset that has it.")
            }
            return known
        }
    }
}

/// A reason for which training cannot start or go on.
public struct TrainingError: Error, CustomStringConvertible {
    public let description: String
    /// Whether losses or weights have become something else than numbers, as when the learning rate is too high.
    public let isDivergence: Bool

    public init(_ description: String, isDivergence: Bool = false) {
        self.description = description
        self.isDivergence = isDivergence
    }
}
