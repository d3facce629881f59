import NeedletailEvaluation
import NeedletailGeometry
import ProgramRunner

/// The data set of a seed; every draw stands in the order of `Case` in `References/make_cases.py`.
struct RandomCase {
    struct Image {
        var id: Int
        var groundTruths: [GroundTruth] = []
        var detections: [Detection] = []
    }

    private var random: SplitMix
    private let mode: Int
    private let factor: Double
    private(set) var categoryIDs: [Int]
    private(set) var images: [Image] = []
    private(set) var options = COCOOptions()

    init(seed: UInt64) {
        random = SplitMix(state: seed)
        let imageCount = 1 + random.below(6)
        categoryIDs = (0..<(1 + random.below(4))).map { 7 * $0 + 3 }
        mode = random.below(3)
        factor = [1, 4, 16][random.below(3)]
        let scoreLevels = [2, 5, 20, 0][random.below(4)]
        let zeroIDAt = random.chance(40) ? random.below(8) : -1
        let crowdPercent = [0, 0, 10, 40][random.below(4)]
        let areaMode = random.below(4)
        let hasMany = random.chance(6)
        let emptyPercent = [0, 30][random.below(2)]
        switch random.below(12) {
        case 0: options.detectionLimits = [1, 2, 3]
        case 1: options.detectionLimits = [5, 20, 100]
        case 2: options.detectionLimits = [1, 2, 4, 100]
        case 3: options.iouThresholds = [0, 0.25, 0.5, 0.625, 1]
        case 4: options.usesCategories = false
        case 5:
            options.areaRanges = [
                .all, .init(label: "tiny", lower: 0, upper: 64), .init(label: "medium", lower: 64, upper: 1024),
                .init(label: "large", lower: 1024, upper: 1e10),
            ]
        case 6: options.recallThresholds = [0, 0.1, 0.25, 0.5, 1]
        default: break
        }
        let shift = random.below(7)

        var truthCount = 0
        for i in 0..<imageCount {
            var image = Image(id: ((5 * i + shift) % 7) * 13 + 1)
            for _ in 0..<(random.chance(emptyPercent) ? 0 : random.below(8)) {
                let box = makeBox()
                var area = box.width * box.height
                if areaMode == 1 {
                    area *= random.unit()
                } else if areaMode == 2 {
                    area = [0, 1024, 9216, 1024.0000001, 9215.5, 100, area][random.below(7)]
                }
                let categoryID = makeCategory()
                image.groundTruths.append(
                    GroundTruth(
                        id: truthCount == zeroIDAt ? 0 : truthCount + 1, box: box, categoryID: categoryID,
                        area: area, isCrowd: random.chance(crowdPercent)))
                truthCount += 1
            }
            var count = random.chance(emptyPercent) ? 0 : random.below(12)
            if hasMany && i == 0 { count = 105 + random.below(150) }
            for _ in 0..<count {
                var box: Box
                var categoryID: Int
                if !image.groundTruths.isEmpty && random.chance(70) {
                    let source = image.groundTruths[random.below(image.groundTruths.count)]
                    box = source.box
                    if !random.chance(25) {
                        box.x += (Double(random.below(5)) - 2) * 0.25 * factor
                        box.y += (Double(random.below(5)) - 2) * 0.25 * factor
                        box.width += (Double(random.below(5)) - 2) * 0.25 * factor
                        box.height += (Double(random.below(5)) - 2) * 0.25 * factor
                        box.width = max(box.width, 0)
                        box.height = max(box.height, 0)
                    }
                    categoryID = random.chance(85) ? source.categoryID : makeCategory()
                } else {
                    box = makeBox()
                    categoryID = makeCategory()
                }
                let score =
                    scoreLevels > 0 ? Double(random.below(scoreLevels + 1)) / Double(scoreLevels) : random.unit()
                image.detections.append(Detection(box: box, score: score, categoryID: categoryID))
            }
            images.append(image)
        }
    }

    private mutating func makeCategory() -> Int { categoryIDs[random.below(categoryIDs.count)] }

    private mutating func makeBox() -> Box {
        let x = makeSide(span: 24, offset: 4)
        let y = makeSide(span: 24, offset: 4)
        let width = makeSide(span: 12, offset: 0)
        return Box(x: x, y: y, width: width, height: makeSide(span: 12, offset: 0))
    }

    private mutating func makeSide(span: Int, offset: Int) -> Double {
        switch mode {
        case 0: (Double(random.below(span)) - Double(offset)) * factor
        case 1: (Double(random.below(span * 4)) - Double(offset) * 4) * 0.25 * factor
        default: (random.unit() * Double(span) - Double(offset)) * factor
        }
    }
}
