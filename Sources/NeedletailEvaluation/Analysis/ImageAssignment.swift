import NeedletailGeometry

/// Assigns the detections of an image to its objects by COCO's rule at a single IoU threshold, and names its errors.
///
/// One is used for many images after each other, so that its memory is.
struct ImageAssignment {
    enum Outcome: Hashable {
        case truePositive
        /// Absorbed by a crowd, or beyond the detection limit.
        case ignored
        case error(ErrorKind)
    }

    struct Row {
        /// Index in the evaluation's detections.
        var record: Int32
        /// Index in the evaluation's ground truths of the object it found, or its error is about; −1 of none.
        var truthRecord: Int32 = -1
        var outcome = Outcome.error(.both)
        /// Whether it is the most confident of the localisation and classification errors about an object that
        /// nothing found: the one that mending makes find it.
        var isMender = false

        var truth: Int? { truthRecord < 0 ? nil : Int(truthRecord) }
    }

    /// By descending score, ties in input order.
    private(set) var rows: [Row] = []
    /// Objects that no detection found and no localisation or classification error points at.
    var missed: [Int] { objects.indices.lazy.filter { !isPointedAt[$0] }.map { objects[$0] } }

    private let records: EvaluationRecords
    private let usesCategories: Bool
    private let options: ErrorAnalysisOptions
    private var objects: [Int] = []
    private var crowds: [Int] = []
    private var isFound: [Bool] = []
    /// By a detection that found it, or by a localisation or classification error.
    private var isPointedAt: [Bool] = []
    /// `[rows, objects]`
    private var ious: [Double] = []

    init(_ records: EvaluationRecords, usesCategories: Bool, options: ErrorAnalysisOptions) {
        self.records = records
        self.usesCategories = usesCategories
        self.options = options
    }

    /// Takes another image.
    mutating func assign(image: Int) {
        objects.removeAll(keepingCapacity: true)
        crowds.removeAll(keepingCapacity: true)
        for truth in records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1] {
            if records.groundTruths[truth].isCrowd { crowds.append(truth) } else { objects.append(truth) }
        }
        let first = records.detectionStarts[image]
        let count = records.detectionStarts[image + 1] - first
        let order = DescendingOrder.positions(count: count) { records.detections[first + $0].score }
        rows.removeAll(keepingCapacity: true)
        ious.removeAll(keepingCapacity: true)
        for position in order {
            rows.append(Row(record: Int32(first) + position))
            for object in objects { ious.append(overlap(first + Int(position), object)) }
        }
        findObjects()
        nameErrors()
    }

    private func isSame(_ detection: Int32, _ truth: Int) -> Bool {
        !usesCategories || records.detectionCategories[Int(detection)] == records.groundTruthCategories[truth]
    }

    private func overlap(_ detection: Int, _ truth: Int) -> Double {
        let truth = records.groundTruths[truth]
        return GreedyMatcher.overlap(of: records.detections[detection].box, with: truth.box, isCrowd: truth.isCrowd)
    }

    private mutating func findObjects() {
        isFound.removeAll(keepingCapacity: true)
        isFound.append(contentsOf: repeatElement(false, count: objects.count))
        let floor = min(options.iouThreshold, 1 - 1e-10)
        let canExceedLimit = rows.count > options.detectionLimit
        var counts: [Int32: Int] = [:]
        for row in rows.indices {
            let detection = rows[row].record
            if canExceedLimit {
                let category = usesCategories ? records.detectionCategories[Int(detection)] : 0
                counts[category, default: 0] += 1
                if counts[category, default: 0] > options.detectionLimit {
                    rows[row].outcome = .ignored
                    continue
                }
            }
            var best = floor
            var match = -1
            for (column, object) in objects.enumerated() {
                let iou = ious[row * objects.count + column]
                if iou >= best, !isFound[column], isSame(detection, object) {
                    best = iou
                    match = column
                }
            }
            if match >= 0 {
                isFound[match] = true
                rows[row].outcome = .truePositive
                rows[row].truthRecord = Int32(objects[match])
            } else if crowds.contains(where: { isSame(detection, $0) && overlap(Int(detection), $0) >= floor }) {
                rows[row].outcome = .ignored
            }
        }
    }

    private mutating func nameErrors() {
        isPointedAt.removeAll(keepingCapacity: true)
        isPointedAt.append(contentsOf: isFound)
        for row in rows.indices {
            guard case .error = rows[row].outcome else { continue }
            let detection = rows[row].record
            var ownBest: (iou: Double, column: Int) = (0, -1)
            var otherBest: (iou: Double, column: Int) = (0, -1)
            var foundBest: (iou: Double, column: Int) = (0, -1)
            for (column, object) in objects.enumerated() {
                let iou = ious[row * objects.count + column]
                if iou == 0 { continue }
                if isSame(detection, object) {
                    if iou > ownBest.iou { ownBest = (iou, column) }
                    if isFound[column], iou > foundBest.iou { foundBest = (iou, column) }
                } else if iou > otherBest.iou {
                    otherBest = (iou, column)
                }
            }
            var about = -1
            let kind: ErrorKind
            if ownBest.column >= 0, ownBest.iou >= options.backgroundThreshold, ownBest.iou <= options.iouThreshold {
                kind = .localization
                about = ownBest.column
            } else if otherBest.iou >= options.iouThreshold {
                kind = .classification
                about = otherBest.column
            } else if foundBest.iou >= options.iouThreshold {
                kind = .duplicate
                about = foundBest.column
            } else if max(ownBest.iou, otherBest.iou) <= options.backgroundThreshold {
                kind = .background
            } else {
                kind = .both
            }
            rows[row].outcome = .error(kind)
            if about >= 0 {
                rows[row].truthRecord = Int32(objects[about])
                if kind != .duplicate {
                    rows[row].isMender = !isPointedAt[about]
                    isPointedAt[about] = true
                }
            }
        }
    }
}
