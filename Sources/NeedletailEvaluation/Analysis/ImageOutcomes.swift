import NeedletailGeometry

/// What became of every box of one image: which detections are right, what is wrong with the others, and which
/// objects were missed.
public struct ImageOutcomes: Hashable, Sendable {
    public struct Hit: Hashable, Sendable {
        public var detection: Detection
        public var groundTruth: GroundTruth
        public var iou: Double
    }

    public struct Mistake: Hashable, Sendable {
        public var detection: Detection
        public var kind: ErrorKind
        /// The object it is about; `nil` for ``ErrorKind/both`` and ``ErrorKind/background``.
        public var groundTruth: GroundTruth?
    }

    /// By descending score.
    public var hits: [Hit] = []
    /// By descending score.
    public var mistakes: [Mistake] = []
    /// Objects that no detection found, crowds not among them.
    public var missed: [GroundTruth] = []
}

extension COCOEvaluator {
    /// What became of the boxes of one image, as ``ErrorAnalysis/images`` counts them.
    ///
    /// - Parameters:
    ///   - confidence: Detections below it do not count as made.
    /// - Returns: `nil` when no such image was added.
    /// - Throws: ``EvaluationError/invalidOptions(_:)``.
    public func outcomes(
        imageID: Int, confidence: Double, analysis: ErrorAnalysisOptions = ErrorAnalysisOptions()
    ) throws(EvaluationError) -> ImageOutcomes? {
        try analysis.validate()
        guard let image = records.imageIDs.firstIndex(of: imageID) else { return nil }
        var assignment = ImageAssignment(records, usesCategories: options.usesCategories, options: analysis)
        assignment.assign(image: image)
        var outcomes = ImageOutcomes()
        var found: Set<Int> = []
        for row in assignment.rows where records.detections[Int(row.record)].score >= confidence {
            let detection = records.detections[Int(row.record)]
            switch row.outcome {
            case .ignored: break
            case .truePositive:
                guard let truth = row.truth else { break }
                found.insert(truth)
                let object = records.groundTruths[truth]
                let iou = GreedyMatcher.overlap(of: detection.box, with: object.box, isCrowd: false)
                outcomes.hits.append(.init(detection: detection, groundTruth: object, iou: iou))
            case .error(let kind):
                outcomes.mistakes.append(
                    .init(detection: detection, kind: kind, groundTruth: row.truth.map { records.groundTruths[$0] }))
            }
        }
        for truth in records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
        where !records.groundTruths[truth].isCrowd && !found.contains(truth) {
            outcomes.missed.append(records.groundTruths[truth])
        }
        return outcomes
    }
}
