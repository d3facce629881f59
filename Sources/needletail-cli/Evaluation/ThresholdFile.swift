import Needletail
import NeedletailCheckpoints

/// A detector's file that is to state from which scores its detections are best kept.
struct ThresholdFile {
    private let path: String
    private let detector: DenseDetector
    private let metadata: [String: String]

    /// - Throws: `CheckpointError`, `DetectorError`; ``CommandError`` for a network that has no room for them.
    init(_ given: String) throws {
        path = try ModelFile.path(given)
        guard try !ONNXFile.isONNX(path) else {
            throw CommandError(
                "\(path): an ONNX file has no room for thresholds. Give 'detect' one with --threshold instead.")
        }
        metadata = try Checkpoint(contentsOf: path).metadata
        detector = try DenseDetector(contentsOf: path)
    }

    /// Writes the thresholds at which F1 is highest, for the classes that the detector knows; the file is whole before and
    /// after.
    ///
    /// - Throws: ``CommandError`` when nothing was found right, so that there are none.
    func write(_ evaluation: DetectionEvaluation, names: [Int: String], console: Console) throws {
        guard let measured = evaluation.analysis?.scoreThresholds(names: names) else {
            throw CommandError("\(path): no detection is right, so that no score is best. The detector stays as it is.")
        }
        let thresholds = measured.forCategories(detector.configuration.categories.map(\.name))
        detector.scoreThresholds = thresholds
        try detector.write(to: path, metadata: metadata)
        console.note("\(path): detections are kept from a score of \(DrawingThresholds.words(thresholds))")
    }
}
