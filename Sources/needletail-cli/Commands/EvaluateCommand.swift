import ArgumentParser
import NeedletailData
import NeedletailTraining

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure detections against annotations: the COCO metrics.",
        discussion: """
            The numbers are those of pycocotools, bit for bit.

            EXAMPLE
              needletail evaluate cells/val.json runs/cells/validation.json
            """)

    @Argument(help: "The annotations: a COCO JSON file, or the folder of a Pascal VOC dataset.")
    var groundTruth: String

    @Argument(help: "The detections: COCO results JSON.")
    var detections: String

    @Option(help: "The split of a Pascal VOC dataset.")
    var split: String?

    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
        struct Class: Encodable {
            var id: Int?
            var name: String
            var AP: Double?
            var AP50: Double?
            var AP75: Double?
            var AR: Double?
            var annotations: Int
            var detections: Int
        }

        /// The twelve numbers in COCO's order.
        var stats: [Double]
        var classes: [Class]
        var images: Int
    }

    func run() throws {
        let console = output.console
        let dataset = try Dataset.read(groundTruth, split: split)
        let results = try CocoResults.read(detections, categories: dataset.categories)
        let byImage = try group(results, dataset: dataset)
        var evaluator = try CocoEvaluator(categories: dataset.categories.map(\.number))
        for (row, id) in dataset.evaluationImageIDs.enumerated() {
            try evaluator.add(
                imageID: id, groundTruths: dataset.groundTruths(ofImage: row), detections: byImage[row])
        }
        let result = evaluator.result(includesFindings: false)
        let names = Dictionary(
            dataset.categories.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
        let classes = result.categories.map { category in
            Result.Class(
                id: category.categoryID, name: category.categoryID.flatMap { names[$0] } ?? "all",
                AP: category.averagePrecision, AP50: category.averagePrecision50, AP75: category.averagePrecision75,
                AR: category.averageRecall, annotations: category.groundTruthCount,
                detections: category.detectionCount)
        }
        try console.result(Result(stats: result.stats, classes: classes, images: dataset.images.count)) {
            func text(_ value: Double?) -> String { value.map { Table.number($0) } ?? "-" }
            let rows =
                [["class", "AP", "AP50", "AP75", "AR", "boxes", "detections"]]
                + classes.map {
                    [
                        $0.name, text($0.AP), text($0.AP50), text($0.AP75), text($0.AR), "\($0.annotations)",
                        "\($0.detections)",
                    ]
                }
            return result.summary + "\n\n" + Table.text(rows)
        }
    }

    /// The detections of each image of the dataset, found by id or, where that is a text, by file name.
    private func group(_ results: CocoResults, dataset: Dataset) throws -> [[Detection]] {
        var rows: [RecordID: Int] = [:]
        for row in 0..<dataset.images.count {
            let record = dataset.images[row]
            rows[.text(record.fileName)] = row
        }
        for row in 0..<dataset.images.count { rows[dataset.images[row].id] = row }
        let categories = Set(dataset.categories.map(\.number))
        var byImage = [[Detection]](repeating: [], count: dataset.images.count)
        for (index, entry) in results.enumerated() {
            guard let row = rows[entry.imageID] else {
                throw CommandError(
                    "\(detections): detection \(index) is of image \(entry.imageID), which \(groundTruth) does not have. "
                        + "Are these detections of another split?")
            }
            guard categories.contains(entry.detection.categoryID) else {
                throw CommandError(
                    "\(detections): detection \(index) is of category \(entry.detection.categoryID), which "
                        + "\(groundTruth) does not have: \(dataset.categories.map { "\($0.id) \($0.name)" }.joined(separator: ", "))."
                )
            }
            byImage[row].append(entry.detection)
        }
        return byImage
    }
}
