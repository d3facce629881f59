import ArgumentParser
import Needletail

/// Finds the objects of one photograph, prints a line for each, and draws them into a PNG.
@main struct DetectPhoto: ParsableCommand {
    @Argument var detector: String
    @Argument var photograph: String
    @Argument var picture: String
    @Option var threshold = 0.5

    func run() throws {
        let detector = try DenseDetector(contentsOf: detector)
        let photograph = try Image(contentsOf: photograph)
        var boxes: [LabeledBox] = []
        for object in try detector.detections(in: photograph, pool: ThreadPool()) where object.score >= threshold {
            let name = object.categoryName ?? "?"
            boxes.append(LabeledBox(box: object.box, label: name, color: .forClass(name)))
            let numbers = [object.score, object.box.x, object.box.y, object.box.width, object.box.height]
            print(name, numbers.map { "\(($0 * 100).rounded() / 100)" }.joined(separator: " "))
        }
        try photograph.annotated(with: boxes).writePNG(to: picture)
    }
}
