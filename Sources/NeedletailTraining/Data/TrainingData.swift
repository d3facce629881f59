import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailModels

/// A dataset as a detector is trained on it: files, boxes and class indices.
public struct TrainingData: Sendable {
    struct Example: Sendable {
        /// As the dataset calls it.
        var name: String
        var path: String
        var width: Int
        var height: Int
        var boxes: [Corners]
        /// The detector's, one a box.
        var classIndices: [Int]
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

    /// Number of boxes of each of the detector's classes, its background among them.
    public func boxCounts(classCount: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: classCount)
        for example in examples {
            for index in example.classIndices { counts[index] += 1 }
        }
        return counts
    }

    /// - Parameters:
    ///   - categories: The detector's; categories of the dataset are found by name.
    ///   - keepsEmptyImages: Whether images without boxes are trained on, as background.
    /// - Throws: ``TrainingError`` when nothing is left to train on or a category is unknown to the detector.
    public init(_ dataset: Dataset, categories: [DenseDetector.Category], keepsEmptyImages: Bool) throws {
        let classIndices = try CategoryMap.classIndices(of: dataset, categories: categories)
        let view = dataset.trainingView(keepsEmptyImages: keepsEmptyImages)
        source = dataset.provenance.path
        fingerprint = DatasetFingerprint(dataset)
        examples = view.images.enumerated().map { position, row in
            let record = dataset.images[row]
            let objects = view.objects(at: position)
            return Example(
                name: record.fileName, path: dataset.imagePath(ofImage: row), width: record.width,
                height: record.height,
                boxes: objects.map(\.box.corners), classIndices: objects.map { classIndices[$0.category] })
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
