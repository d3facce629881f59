import NeedletailEvaluation
import NeedletailGeometry
import ProgramRunner

/// A data set of COCO's size, drawn as `LargeCase` in `References/make_cases.py`.
struct LargeCase {
    let categoryIDs = Array(1...80)
    private(set) var images: [RandomCase.Image] = []

    init(imageCount: Int) {
        var random = SplitMix(state: 2017)
        var truthCount = 0
        for id in 1...imageCount {
            var image = RandomCase.Image(id: id)
            for _ in 0..<7 {
                let first = random.unit()
                let categoryID = 1 + Int(first * random.unit() * 80)
                let x = random.unit() * 500
                let y = random.unit() * 400
                let width = 4 + Self.product(&random) * 300
                let box = Box(x: x, y: y, width: width, height: 4 + Self.product(&random) * 300)
                truthCount += 1
                image.groundTruths.append(
                    GroundTruth(
                        id: truthCount, box: box, categoryID: categoryID, area: box.width * box.height * 0.7,
                        isCrowd: random.chance(1)))
            }
            for _ in 0..<100 {
                var box: Box
                var categoryID: Int
                var score: Double
                if random.chance(40) {
                    let source = image.groundTruths[random.below(7)]
                    box = source.box
                    box.x += (random.unit() - 0.5) * 0.3 * source.box.width
                    box.y += (random.unit() - 0.5) * 0.3 * source.box.height
                    box.width += (random.unit() - 0.5) * 0.3 * source.box.width
                    box.height += (random.unit() - 0.5) * 0.3 * source.box.height
                    categoryID = source.categoryID
                    score = random.unit()
                } else {
                    box = Box(x: random.unit() * 500, y: random.unit() * 400, width: 0, height: 0)
                    box.width = random.unit() * 200
                    box.height = random.unit() * 200
                    categoryID = 1 + random.below(80)
                    score = Self.product(&random)
                }
                image.detections.append(Detection(box: box, score: score, categoryID: categoryID))
            }
            images.append(image)
        }
    }

    private static func product(_ random: inout SplitMix) -> Double {
        let first = random.unit()
        return first * random.unit()
    }

    func evaluator() throws -> COCOEvaluator {
        var evaluator = try COCOEvaluator(categories: categoryIDs)
        for image in images {
            try evaluator.add(imageID: image.id, groundTruths: image.groundTruths, detections: image.detections)
        }
        return evaluator
    }
}
