import Foundation
import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailReports

/// A dataset of a few images with squares of 40 pixels, and detections in it.
struct SmallCase {
    var imageNames = ["one.jpg", "two.jpg"]
    var names = ["cat", "dog"]
    var annotations: [Annotation] = []
    var entries: [COCOResults.Entry] = []

    /// Ids of images and categories count from 1.
    var dataset: Dataset {
        var dataset = Dataset(
            images: imageNames.enumerated().map {
                ImageRecord(id: .integer($0 + 1), fileName: $1, width: 400, height: 300)
            },
            categories: names.enumerated().map { Category(id: .integer($0 + 1), name: $1) }, annotations: annotations)
        dataset.imageFolder = "/nowhere"
        return dataset
    }

    mutating func object(_ image: Int, _ category: Int, _ x: Double, _ y: Double, side: Double = 40) {
        annotations.append(
            Annotation(
                id: .integer(annotations.count + 1), image: image - 1, category: category - 1,
                box: Box(x: x, y: y, width: side, height: side)))
    }

    mutating func detection(
        _ image: RecordID, _ category: Int, _ x: Double, _ y: Double, score: Double, side: Double = 40
    ) {
        entries.append(
            .init(
                imageID: image,
                detection: Detection(
                    box: Box(x: x, y: y, width: side, height: side), score: score, categoryID: category)))
    }

    func input(isLenient: Bool = false) throws -> EvaluationInput {
        try EvaluationInput(
            dataset: dataset, results: COCOResults(entries), detectionsPath: "found.json", isLenient: isLenient)
    }

    func evaluation() throws -> DetectionEvaluation { try DetectionEvaluation(input()) }

    /// Two cats, one found at 0.9, and a false alarm at 0.8.
    static var halfFound: SmallCase {
        var data = SmallCase()
        data.object(1, 1, 10, 10)
        data.object(2, 1, 100, 100)
        data.detection(1, 1, 10, 10, score: 0.9)
        data.detection(2, 1, 300, 200, score: 0.1)
        return data
    }
}
