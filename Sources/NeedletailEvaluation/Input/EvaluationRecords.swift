import NeedletailGeometry

/// Every checked box of an evaluation in flat columns, image after image in the order of adding.
struct EvaluationRecords: Sendable {
    /// Ascending and unique; a record's dense category is an index into it.
    let categoryIDs: [Int]
    let policy: InputPolicy

    private(set) var imageIDs: [Int] = []
    private(set) var groundTruths: [GroundTruth] = []
    private(set) var groundTruthCategories: [Int32] = []
    private(set) var detections: [Detection] = []
    private(set) var detectionCategories: [Int32] = []
    /// Image `i` owns the records `starts[i] ..< starts[i + 1]`.
    private(set) var groundTruthStarts = [0]
    private(set) var detectionStarts = [0]
    private(set) var warnings: [InputWarning] = []

    private let categoryIndices: CategoryIndex
    private var knownImageIDs: Set<Int> = []
    private var knownGroundTruthIDs: Set<Int> = []

    init(categoryIDs: some Sequence<Int>, policy: InputPolicy) {
        let ids = Set(categoryIDs).sorted()
        self.categoryIDs = ids
        self.policy = policy
        categoryIndices = CategoryIndex(ids)
    }

    /// Positions of the images by ascending id, the order in which COCO joins their detections.
    var imageOrder: [Int] { imageIDs.indices.sorted { imageIDs[$0] < imageIDs[$1] } }

    /// Takes many images into empty records, sharing the memory of the detections.
    ///
    /// - Parameters:
    ///   - starts: Image `i` owns the detections `starts[i] ..< starts[i + 1]`.
    /// - Returns: Whether it could; not where an image stands twice or a detection is not valid.
    mutating func adopt(
        imageIDs ids: [Int], groundTruths truths: [[GroundTruth]], detections all: [Detection], starts: [Int]
    ) throws(EvaluationError) -> Bool {
        guard imageIDs.isEmpty, warnings.isEmpty, Set(ids).count == ids.count else { return false }
        var categories: [Int32] = []
        categories.reserveCapacity(all.count)
        for detection in all {
            guard let category = categoryIndices[detection.categoryID], detection.score.isFinite,
                Self.problem(of: detection.box) == nil
            else { return false }
            categories.append(category)
        }
        for (id, truths) in zip(ids, truths) { try add(imageID: id, groundTruths: truths, detections: []) }
        detections = all
        detectionCategories = categories
        detectionStarts = starts
        return true
    }

    mutating func add(
        imageID: Int, groundTruths newTruths: [GroundTruth], detections newDetections: [Detection]
    ) throws(EvaluationError) {
        var problems: [InvalidRecord] = []
        if knownImageIDs.contains(imageID) {
            try report(
                InvalidRecord(
                    problem: .duplicateImage, source: .image, imageID: imageID, index: 0, value: "\(imageID)"),
                in: &problems)
            note(problems)
            return
        }

        // Written behind the end of the columns and cut off again when a record makes `add` throw, so
        // that a refused image leaves no trace.
        let truthEnd = groundTruths.count
        let detectionEnd = detections.count
        var insertedIDs: [Int] = []
        do throws(EvaluationError) {
            for (index, truth) in newTruths.enumerated() {
                let category = categoryIndices[truth.categoryID]
                let problem =
                    Self.problem(of: truth.box) ?? (category == nil ? .unknownCategory : nil)
                    ?? (truth.area >= 0 && truth.area.isFinite ? nil : .invalidArea)
                    ?? (knownGroundTruthIDs.insert(truth.id).inserted ? nil : .duplicateGroundTruthID)
                guard problem == nil, let category else {
                    try report(
                        .init(problem ?? .unknownCategory, groundTruth: truth, imageID: imageID, index: index),
                        in: &problems)
                    continue
                }
                insertedIDs.append(truth.id)
                groundTruths.append(truth)
                groundTruthCategories.append(category)
            }
            for (index, detection) in newDetections.enumerated() {
                let category = categoryIndices[detection.categoryID]
                let problem =
                    Self.problem(of: detection.box) ?? (category == nil ? .unknownCategory : nil)
                    ?? (detection.score.isFinite ? nil : .nonFiniteScore)
                guard problem == nil, let category else {
                    try report(
                        .init(problem ?? .unknownCategory, detection: detection, imageID: imageID, index: index),
                        in: &problems)
                    continue
                }
                detections.append(detection)
                detectionCategories.append(category)
            }
        } catch {
            groundTruths.removeLast(groundTruths.count - truthEnd)
            groundTruthCategories.removeLast(groundTruthCategories.count - truthEnd)
            detections.removeLast(detections.count - detectionEnd)
            detectionCategories.removeLast(detectionCategories.count - detectionEnd)
            for id in insertedIDs { knownGroundTruthIDs.remove(id) }
            throw error
        }
        knownImageIDs.insert(imageID)
        imageIDs.append(imageID)
        groundTruthStarts.append(groundTruths.count)
        detectionStarts.append(detections.count)
        note(problems)
    }

    private func report(_ record: InvalidRecord, in problems: inout [InvalidRecord]) throws(EvaluationError) {
        if policy == .fail { throw .invalidRecord(record) }
        problems.append(record)
    }

    private mutating func note(_ problems: [InvalidRecord]) {
        for record in problems {
            if let index = warnings.firstIndex(where: { $0.problem == record.problem }) {
                warnings[index].count += 1
                if warnings[index].examples.count < 5 { warnings[index].examples.append(record) }
            } else {
                warnings.append(InputWarning(problem: record.problem, count: 1, examples: [record]))
            }
        }
    }

    private static func problem(of box: Box) -> InvalidRecord.Problem? {
        guard box.x.isFinite, box.y.isFinite, box.width.isFinite, box.height.isFinite else { return .nonFiniteBox }
        return box.width < 0 || box.height < 0 ? .negativeSize : nil
    }
}

extension InvalidRecord {
    fileprivate init(_ problem: Problem, groundTruth: GroundTruth, imageID: Int, index: Int) {
        let value =
            switch problem {
            case .invalidArea: "\(groundTruth.area)"
            case .duplicateGroundTruthID: "\(groundTruth.id)"
            case .unknownCategory: "\(groundTruth.categoryID)"
            default: Self.text(of: groundTruth.box)
            }
        self.init(
            problem: problem, source: .groundTruth, imageID: imageID, index: index, groundTruthID: groundTruth.id,
            categoryID: groundTruth.categoryID, value: value)
    }

    fileprivate init(_ problem: Problem, detection: Detection, imageID: Int, index: Int) {
        let value =
            switch problem {
            case .nonFiniteScore: "\(detection.score)"
            case .unknownCategory: "\(detection.categoryID)"
            default: Self.text(of: detection.box)
            }
        self.init(
            problem: problem, source: .detection, imageID: imageID, index: index,
            categoryID: detection.categoryID, value: value)
    }

    private static func text(of box: Box) -> String { "[\(box.x), \(box.y), \(box.width), \(box.height)]" }
}
