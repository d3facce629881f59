import NeedletailKernels
import NeedletailModels
import NeedletailProcesses
import NeedletailTraining
import ReferenceFormula

/// Two images a batch of 32x32 pixels and three classes: what a loop needs, and no detector.
struct SmallClassification: BatchSource {
    var batchCount = 2
    /// The batch of every epoch whose pixels are no numbers.
    var damagedBatch: Int?

    var imageCount: Int { 2 * batchCount }

    func batchCounts(epochs: Int) -> [Int] { [Int](repeating: batchCount, count: epochs) }

    func maker(epoch: Int) -> @Sendable (Int) -> BatchItem<[Int]> {
        let damagedBatch = damagedBatch
        return { number in
            var pixels = Formula.signed("pixels \(epoch) \(number)", count: 2 * 32 * 32 * 3)
            if number == damagedBatch { pixels[0] = .nan }
            return BatchItem(
                batch: TrainingBatch(pixels: pixels, targets: [[number % 3], [epoch % 3]], width: 32, height: 32),
                notes: BatchNotes(names: ["\(number)a", "\(number)b"]))
        }
    }

    static func configuration(epochs: Int = 2) -> TrainingConfiguration {
        TrainingConfiguration(
            epochs: epochs, batchSize: 2, schedule: LearningRateSchedule(baseRate: 0.01, decay: .cosine(floor: 0)),
            trainableLayers: 5)
    }

    static func weights(_ model: Classifier) -> [[Float]] { model.parameters.parameters.map { Array($0.values) } }
}

/// A validation that says what it is told to.
final class GivenScores: Validation {
    static let metrics = [Metric.Name(key: "accuracy", title: "accuracy")]
    private var values: [Double]

    init(_ values: [Double]) { self.values = values }

    func scores(
        of model: Classifier, pool: ThreadPool, group: any ProcessGroup, progress: (Int, Int) -> Bool
    ) throws -> ValidationScores? {
        guard progress(1, 1) else { return nil }
        return ValidationScores(values: [values.removeFirst()], seconds: 0, failures: ["one image"])
    }
}
