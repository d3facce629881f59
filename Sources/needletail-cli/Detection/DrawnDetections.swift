import NeedletailCheckpoints
import NeedletailData
import NeedletailModels
import NeedletailSystem

/// Detections that are drawn beside the annotations of their images.
struct DrawnDetections {
    /// By the row of the image: those of enough score, with the names of their classes.
    private(set) var byImage: [Int: [(detection: Detection, name: String)]] = [:]
    let thresholds: DrawingThresholds
    private let path: String
    private let foreignCategories: [String: Int]
    /// Detections of images that the dataset does not have.
    private var strangerCount = 0

    /// - Throws: `AnnotationError` when the file cannot be read; `CheckpointError` when the detector that is given cannot.
    init(_ path: String, of dataset: Dataset, command: DrawCommand) throws {
        self.path = path
        let results = try COCOResults.read(path, of: dataset)
        foreignCategories = results.foreignCategories
        thresholds = DrawingThresholds(
            given: command.threshold, validation: try Self.validationThresholds(beside: path, command: command),
            annotations: Self.best(of: results, in: dataset, path: path))
        let names = Dictionary(dataset.categories.map { ($0.number, $0.name) }) { first, _ in first }
        let scores = thresholds.scores.forCategories(dataset.categories.map(\.name))
        var images = ImageLookup(dataset.images)
        for entry in results {
            guard let row = images.row(of: entry.imageID)?.row else {
                strangerCount += 1
                continue
            }
            let name = names[entry.detection.categoryID] ?? "\(entry.detection.categoryID)"
            guard entry.detection.score >= scores[name] else { continue }
            byImage[row, default: []].append((entry.detection, name))
        }
    }

    /// Those of the detector that is given, or that a run has written beside what it found.
    private static func validationThresholds(beside path: String, command: DrawCommand) throws -> ScoreThresholds? {
        guard command.threshold == nil else { return nil }
        if let detector = command.detector {
            return DenseDetector.scoreThresholds(of: try Checkpoint(contentsOf: ModelFile.path(detector)))
        }
        let detector = FilePath.join(FilePath.parent(of: path), "best.safetensors")
        return (try? Checkpoint(contentsOf: detector)).flatMap { DenseDetector.scoreThresholds(of: $0) }
    }

    /// The scores that are best on the annotations themselves.
    private static func best(of results: COCOResults, in dataset: Dataset, path: String) -> ScoreThresholds? {
        guard
            let input = try? EvaluationInput(
                dataset: dataset, results: results, detectionsPath: path, isLenient: true),
            let evaluation = try? DetectionEvaluation(input, findsTraps: false)
        else { return nil }
        return evaluation.analysis?.scoreThresholds(names: input.categoryNames)
    }

    /// Says what is drawn and what is not.
    func warn(_ console: Console) {
        if let note = thresholds.note { console.note(note) }
        if !foreignCategories.isEmpty {
            let list = foreignCategories.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
            console.warn(
                of: list, heading: "\(path): detections of classes that the dataset does not have are left out:")
        }
        if strangerCount > 0 {
            console.warn("\(path): \(strangerCount) detections are of images that the dataset does not have")
        }
    }
}
