import NeedletailGeometry

/// What a run of images comes to when only detections of at least one confidence are kept.
struct OperatingPointTally {
    private(set) var images: [ImageErrors] = []
    /// By area range: objects found, and false positives of that size.
    private(set) var found: [Int]
    private(set) var falsePositives: [Int]
    private(set) var confusion: [ConfusionMatrix.Cell] = []
    /// Errors of all images; objects count as missed that no detection kept finds or points at.
    private(set) var errors = ErrorCounts()

    init(
        _ runOfImages: Range<Int>, of table: AssignmentTable, records: EvaluationRecords, rules: MatchRules,
        confidence: Double, iouThreshold: Double
    ) {
        found = Array(repeating: 0, count: rules.areaLowers.count)
        falsePositives = found
        images.reserveCapacity(runOfImages.count)
        var pairing = ConfusionMatrix.Pairing(confidence: confidence, iouThreshold: iouThreshold)
        for i in runOfImages {
            var hits: [(detection: Int, truth: Int)] = []
            var ignored: [Int] = []
            var pointedAt: Set<Int> = []
            var errors = ErrorCounts()
            for row in table.rows[table.starts[i]..<table.starts[i + 1]] {
                let detection = records.detections[Int(row.record)]
                if detection.score < confidence { break }
                errors.add(row.outcome)
                let isTrue = row.outcome == .truePositive
                switch row.outcome {
                case .ignored:
                    ignored.append(Int(row.record))
                    continue
                case .truePositive:
                    if let truth = row.truth { hits.append((Int(row.record), truth)) }
                    row.truth.map { _ = pointedAt.insert($0) }
                case .error(.localization), .error(.classification): row.truth.map { _ = pointedAt.insert($0) }
                case .error: break
                }
                let area = isTrue ? row.truth.map { records.groundTruths[$0].area } ?? 0 : detection.box.area
                for range in found.indices where !rules.isOutside(area, range: range) {
                    if isTrue { found[range] += 1 } else { falsePositives[range] += 1 }
                }
            }
            let image = table.imageOrder[i]
            let truths = records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
            let objectCount = truths.count { !records.groundTruths[$0].isCrowd }
            images.append(
                ImageErrors(
                    imageID: records.imageIDs[image], truePositives: hits.count, falsePositives: errors.byKind,
                    falseNegatives: objectCount - hits.count))
            errors[.missed] = objectCount - pointedAt.count
            self.errors.add(errors)
            let detections = records.detectionStarts[image]..<records.detectionStarts[image + 1]
            pairing.pair(
                truths: records.groundTruths[truths], truthCategories: records.groundTruthCategories[truths],
                detections: records.detections[detections],
                detectionCategories: records.detectionCategories[detections], hits: hits, ignored: ignored,
                into: &confusion)
        }
    }
}
