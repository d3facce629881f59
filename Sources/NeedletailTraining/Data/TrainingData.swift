import Dispatch
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
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

    /// Sizes that the dataset does not state are those in the headers of the image files.
    ///
    /// - Parameters:
    ///   - categories: The detector's; categories of the dataset are found by name.
    ///   - keepsEmptyImages: Whether images without boxes are trained on, as background.
    /// - Throws: ``TrainingError`` when nothing is left to train on or a category is unknown to the detector.
    public init(_ dataset: Dataset, categories: [DenseDetector.Category], keepsEmptyImages: Bool) throws {
        let map = CategoryMap(dataset, categories: categories)
        try map.requireAllKnown()
        let classIndices = map.detectorCategories.map { $0?.classIndex ?? 0 }
        let view = dataset.trainingView(keepsEmptyImages: keepsEmptyImages)
        source = dataset.provenance.path
        fingerprint = DatasetFingerprint(dataset)
        let sizes = dataset.resolvedImageSizes()
        examples = view.images.enumerated().map { position, row in
            let objects = view.objects(at: position)
            return Example(
                name: dataset.images.fileNames[row], path: dataset.imagePath(ofImage: row), width: sizes[row].width,
                height: sizes[row].height, boxes: objects.map(\.box.corners),
                classIndices: objects.map { classIndices[$0.category] })
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

extension TrainingData {
    /// The size of an image as its boxes see it.
    ///
    /// - Throws: `ImageError` when neither the dataset nor the header of the file tells.
    func size(ofImage row: Int) throws -> Image.Size {
        let example = examples[row]
        if example.width > 0, example.height > 0 { return Image.Size(width: example.width, height: example.height) }
        let information = try ImageInformation(contentsOf: example.path)
        return Image.Size(width: information.width, height: information.height)
    }

    /// Pixels from which an image is large: 12 MiB when it is decoded.
    private static let largeImage = 4 << 20
    /// Large images that are in memory at once, by the number of threads that can keep the network waiting.
    private static let room = DispatchSemaphore(value: max(1, coreCount / 4))

    /// Does something for which images are decoded; where there are large ones among them, not many times at once.
    func withRoom<Result>(forImages rows: [Int], _ body: () throws -> Result) rethrows -> Result {
        guard rows.contains(where: { examples[$0].width * examples[$0].height > Self.largeImage }) else {
            return try body()
        }
        Self.room.wait()
        defer { Self.room.signal() }
        return try body()
    }
}
