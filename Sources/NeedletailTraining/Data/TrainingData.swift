import NeedletailDatasets
import NeedletailFormats
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
                .data, dataset.provenance.path,
                problem: "there is no image with a usable box to train on (\(dataset.images.count) images, "
                    + "\(dataset.annotations.count) boxes)")
        }
    }
}
