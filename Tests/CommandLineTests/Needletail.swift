import Foundation
import Needletail
import ProgramRunner

/// Runs the command line tool.
func needletail(_ arguments: String..., in folder: String? = nil) throws -> Program.Outcome {
    try Program("needletail").run(arguments, in: folder)
}

/// Files that several tests start from.
enum Material {
    /// The categories of `datasets/shapes`.
    static let categories: [DenseDetector.Category] = [
        (1, "gear"), (2, "flower"), (3, "striped ball"), (5, "spotted ball"), (8, "leaf"), (13, "fish"),
    ].enumerated().map { DenseDetector.Category(id: $1.0, name: $1.1, classIndex: $0 + 1) }

    /// Writes a small detector with random weights; its scores are all near 0.01.
    static func writeDetector(
        to path: String, names: [String]? = nil, thresholds: ScoreThresholds? = nil
    ) throws {
        let network = RetinaNet(backbone: .resnet10Quarter, channels: 64, classCount: 7)
        var categories = categories
        for (index, name) in (names ?? []).enumerated() { categories[index].name = name }
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: network, transform: InputTransform(minimumSize: 64), categories: categories))
        detector.scoreThresholds = thresholds
        try detector.write(to: path)
    }

    /// Writes a file whose last part is missing.
    static func writeTruncated(_ source: String, to path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: source))
        try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
    }

    static func writeDetections(_ count: Int, of excerpt: ShapesExcerpt, to path: String) throws {
        let dataset = try Dataset.read(excerpt.annotations)
        var writer = try COCOResultsWriter(path: path)
        for row in 0..<min(count, dataset.annotations.count) {
            let annotation = dataset.annotations[row]
            try writer.append(
                .init(
                    imageID: dataset.images[annotation.image].id,
                    detection: Detection(
                        box: annotation.box, score: 0.9, categoryID: dataset.categories[annotation.category].number)))
        }
        try writer.finish()
    }
}
