import NeedletailGeometry

/// One image's detections assigned to its objects by COCO's rule at a single IoU threshold, and its errors named.
struct ImageAssignment {
    enum Outcome: Hashable {
        case truePositive
        /// Absorbed by a crowd, or beyond the detection limit.
        case ignored
        case error(ErrorKind)
    }

    struct Row {
        /// Index in the evaluation's detections.
        var record: Int
        var outcome: Outcome
        /// Index in the evaluation's ground truths of the object it found, or its error is about.
        var truth: Int?
        var iou: Double
    }

    /// By descending score, ties in input order.
    private(set) var rows: [Row] = []
    /// Objects that no detection found.
    private(set) var unfound: [Int] = []
    /// Of those, the ones that no localisation or classification error points at.
    private(set) var missed: [Int] = []

    init(_ records: EvaluationRecords, image: Int, usesCategories: Bool, options: ErrorAnalysisOptions) {
        let truths = records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
        let objects = truths.filter { !records.groundTruths[$0].isCrowd }
        let crowds = truths.filter { records.groundTruths[$0].isCrowd }
        func isSame(_ detection: Int, _ truth: Int) -> Bool {
            !usesCategories || records.detectionCategories[detection] == records.groundTruthCategories[truth]
        }
        func overlap(_ detection: Int, _ truth: Int) -> Double {
            let truth = records.groundTruths[truth]
            return GreedyMatcher.overlap(of: records.detections[detection].box, with: truth.box, isCrowd: truth.isCrowd)
        }

        let order = (records.detectionStarts[image]..<records.detectionStarts[image + 1]).sorted {
            let (a, b) = (records.detections[$0].score, records.detections[$1].score)
            return a != b ? a > b : $0 < $1
        }
        let ious = order.map { detection in objects.map { overlap(detection, $0) } }
        var isFound = [Bool](repeating: false, count: objects.count)
        var counts: [Int32: Int] = [:]
        let floor = min(options.iouThreshold, 1 - 1e-10)

        for (row, detection) in order.enumerated() {
            var result = Row(record: detection, outcome: .error(.both), truth: nil, iou: 0)
            counts[usesCategories ? records.detectionCategories[detection] : 0, default: 0] += 1
            if counts[usesCategories ? records.detectionCategories[detection] : 0, default: 0] > options.detectionLimit
            {
                result.outcome = .ignored
                rows.append(result)
                continue
            }
            var best = floor
            var match = -1
            for (column, object) in objects.enumerated()
            where !isFound[column] && isSame(detection, object) && ious[row][column] >= best {
                best = ious[row][column]
                match = column
            }
            if match >= 0 {
                isFound[match] = true
                result.outcome = .truePositive
                result.truth = objects[match]
                result.iou = best
            } else if crowds.contains(where: { isSame(detection, $0) && overlap(detection, $0) >= floor }) {
                result.outcome = .ignored
            }
            rows.append(result)
        }

        var isPointedAt = isFound
        for row in rows.indices {
            guard case .error = rows[row].outcome else { continue }
            let detection = rows[row].record
            var ownBest: (iou: Double, column: Int) = (0, -1)
            var otherBest: (iou: Double, column: Int) = (0, -1)
            var foundBest: (iou: Double, column: Int) = (0, -1)
            for (column, object) in objects.enumerated() {
                let iou = ious[row][column]
                if isSame(detection, object) {
                    if iou > ownBest.iou { ownBest = (iou, column) }
                    if isFound[column], iou > foundBest.iou { foundBest = (iou, column) }
                } else if iou > otherBest.iou {
                    otherBest = (iou, column)
                }
            }
            var about = (iou: 0.0, column: -1)
            let kind: ErrorKind
            if ownBest.column >= 0, ownBest.iou >= options.backgroundThreshold, ownBest.iou <= options.iouThreshold {
                kind = .localization
                about = ownBest
            } else if otherBest.iou >= options.iouThreshold {
                kind = .classification
                about = otherBest
            } else if foundBest.iou >= options.iouThreshold {
                kind = .duplicate
                about = foundBest
            } else if max(ownBest.iou, otherBest.iou) <= options.backgroundThreshold {
                kind = .background
            } else {
                kind = .both
            }
            rows[row].outcome = .error(kind)
            if about.column >= 0 {
                rows[row].truth = objects[about.column]
                rows[row].iou = about.iou
                if kind != .duplicate { isPointedAt[about.column] = true }
            }
        }
        for (column, object) in objects.enumerated() where !isFound[column] {
            unfound.append(object)
            if !isPointedAt[column] { missed.append(object) }
        }
    }
}
