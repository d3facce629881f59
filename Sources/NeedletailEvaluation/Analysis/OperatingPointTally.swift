import NeedletailGeometry

/// What a run of images comes to when only detections of at least one confidence are kept.
struct OperatingPointTally {
    private(set) var images: [ImageErrors] = []
    /// By area range: objects found, and false positives of that size.
    private(set) var found: [Int]
    private(set) var falsePositives: [Int]
    private(set) var confusion: [ConfusionMatrix.Cell] = []

    init(
        _ runOfImages: Range<Int>, of table: AssignmentTable, records: EvaluationRecords, rules: MatchRules,
        confidence: Double, iouThreshold: Double
    ) {
        found = Array(repeating: 0, count: rules.areaLowers.count)
        falsePositives = found
        images.reserveCapacity(runOfImages.count)
        var pairing = ConfusionMatrix.Pairing(confidence: confidence, iouThreshold: iouThreshold)
        for i in runOfImages {
            var truePositives = 0
            var errors = ErrorCounts()
            for row in table.rows[table.starts[i]..<table.starts[i + 1]] {
                let detection = records.detections[Int(row.record)]
                if detection.score < confidence { break }
                errors.add(row.outcome)
                let isTrue = row.outcome == .truePositive
                if row.outcome == .ignored { continue }
                if isTrue { truePositives += 1 }
                let area = isTrue ? row.truth.map { records.groundTruths[$0].area } ?? 0 : detection.box.area
                for range in found.indices where !rules.isOutside(area, range: range) {
                    if isTrue { found[range] += 1 } else { falsePositives[range] += 1 }
                }
            }
            let image = table.imageOrder[i]
            let truths = records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
            images.append(
                ImageErrors(
                    imageID: records.imageIDs[image], truePositives: truePositives, falsePositives: errors.byKind,
                    falseNegatives: truths.count { !records.groundTruths[$0].isCrowd } - truePositives))
            let detections = records.detectionStarts[image]..<records.detectionStarts[image + 1]
            pairing.pair(
                truths: records.groundTruths[truths], truthCategories: records.groundTruthCategories[truths],
                detections: records.detections[detections],
                detectionCategories: records.detectionCategories[detections], into: &confusion)
        }
    }
}
