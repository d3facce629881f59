import NeedletailDatasets
import NeedletailEvaluation

/// What a classifier says of a dataset, measured.
public struct ClassificationEvaluation: Sendable {
    /// With the classifier's classes.
    public let dataset: ClassificationDataset
    /// The file of the classifier.
    public let classifierPath: String
    public let pictures: [ClassifiedPicture]
    public let metrics: ClassificationMetrics
    /// Why pictures could not be used.
    public let failures: [String]
    /// Classes of the dataset that the classifier does not know, with their pictures.
    public let unknownClasses: [(name: String, count: Int)]

    public init(
        dataset: ClassificationDataset, classifierPath: String, pictures: [ClassifiedPicture],
        metrics: ClassificationMetrics, failures: [String] = [], unknownClasses: [(name: String, count: Int)] = []
    ) {
        self.dataset = dataset
        self.classifierPath = classifierPath
        self.pictures = pictures
        self.metrics = metrics
        self.failures = failures
        self.unknownClasses = unknownClasses
    }

    /// What makes the numbers doubtful, a sentence each.
    public var doubts: [String] {
        var doubts: [String] = []
        if !failures.isEmpty { doubts.append("\(failures.count) pictures could not be read, as \(failures[0])") }
        for unknown in unknownClasses {
            doubts.append(
                "The classifier does not know the class '\(unknown.name)', whose \(unknown.count) pictures are left out."
            )
        }
        let few = metrics.classes.filter { $0.count > 0 && $0.count < 10 }
        if !few.isEmpty {
            doubts.append(
                "Of \(few.count) classes there are fewer than ten pictures, as \(few[0].name) (\(few[0].count)): their numbers "
                    + "rest on little.")
        }
        let absent = metrics.classes.filter { $0.count == 0 }
        if !absent.isEmpty {
            doubts.append("Of \(absent.count) classes there is no picture, as \(absent[0].name).")
        }
        if let greatest = metrics.classes.map(\.count).max(), metrics.count > 0, !metrics.hasSeveralLabels {
            let share = Double(greatest) / Double(metrics.count)
            if share > 0.6, metrics.classes.count > 1 {
                doubts.append(
                    "\(share.percent) of the pictures are of one class: naming it always would be right as often. F1 and the "
                        + "balanced accuracy say more.")
            }
        }
        return doubts
    }

    func names(_ labels: [Int]) -> String {
        labels.isEmpty ? "none" : labels.map { metrics.classes[$0].name }.joined(separator: ", ")
    }
}
