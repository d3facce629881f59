import NeedletailGeometry
import NeedletailImages
import NeedletailPlatform

/// From head outputs to detections: threshold, best candidates, decode, clip, suppress.
public struct PostProcessing: Codable, Hashable, Sendable {
    /// Scores must be greater than this.
    public var scoreThreshold: Float
    /// Of two boxes of a class that overlap by more than this IoU the better stays.
    public var overlapThreshold: Double
    /// (Anchor, class) pairs kept on each pyramid level before suppression; where classes share out their scores
    /// (``SSD``), kept of each class.
    public var candidatesPerLevel: Int
    /// Detections kept of an image.
    public var detectionsPerImage: Int
    /// Whether boxes of different classes suppress each other, too. Asked for when a detector is used; no part of its file.
    public var isClassAgnostic = false

    private enum CodingKeys: String, CodingKey {
        case scoreThreshold, overlapThreshold, candidatesPerLevel, detectionsPerImage
    }

    public init(
        scoreThreshold: Float = 0.05, overlapThreshold: Double = 0.5, candidatesPerLevel: Int = 1000,
        detectionsPerImage: Int = 300
    ) {
        self.scoreThreshold = scoreThreshold
        self.overlapThreshold = overlapThreshold
        self.candidatesPerLevel = candidatesPerLevel
        self.detectionsPerImage = detectionsPerImage
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        scoreThreshold = try container.decode(-1...1, forKey: .scoreThreshold)
        overlapThreshold = try container.decode(0...1, forKey: .overlapThreshold)
        candidatesPerLevel = try container.decode(1...10_000_000, forKey: .candidatesPerLevel)
        detectionsPerImage = try container.decode(1...10_000_000, forKey: .detectionsPerImage)
    }

    /// The candidates of an image that remain: of those of a class that overlap the best, best first.
    ///
    /// - Parameters:
    ///   - size: Of the image inside the padded input; boxes are clipped to it.
    ///   - isKnown: Whether a class index stands for a category; what does not takes nobody's place.
    func detections(
        _ candidates: [DetectionCandidate], size: Image.Size, isKnown: (Int) -> Bool
    ) -> [DetectionCandidate] {
        let boxes = candidates.map(\.box), scores = candidates.map(\.score)
        let kept =
            isClassAgnostic
            ? NonMaximumSuppression.keptIndices(boxes: boxes, scores: scores, threshold: overlapThreshold)
            : NonMaximumSuppression.keptIndices(
                boxes: boxes, scores: scores, classes: candidates.map(\.classIndex), threshold: overlapThreshold)
        let known = kept.filter { isKnown(candidates[$0].classIndex) }
        return known.prefix(detectionsPerImage).map { index in
            var candidate = candidates[index]
            candidate.box = candidate.box.clipped(width: Float(size.width), height: Float(size.height))
            return candidate
        }
    }

    /// The numbers of a level whose sigmoid is above the threshold, best first, cut to the number kept of a level.
    func best(ofLogits logits: Slice<UnsafeBufferPointer<Float>>) -> [(index: Int, score: Float)] {
        // Most are far below the threshold: compare logits, with a margin for rounding, before any `exp`.
        let limit = logitLimit
        var pairs: [(index: Int, score: Float)] = []
        for (index, logit) in logits.enumerated() where logit > limit || scoreThreshold <= 0 {
            let score = 1 / (1 + exp(-logit))
            if score > scoreThreshold { pairs.append((index, score)) }
        }
        return best(pairs)
    }

    /// The best of a level's pairs, best first, cut to the number kept.
    func best(_ pairs: [(index: Int, score: Float)]) -> [(index: Int, score: Float)] {
        let sorted = pairs.sorted { $0.score > $1.score || ($0.score == $1.score && $0.index < $1.index) }
        return Array(sorted.prefix(candidatesPerLevel))
    }

    /// A logit whose sigmoid is a little below the threshold.
    var logitLimit: Float { log(scoreThreshold / (1 - scoreThreshold)) - 1e-3 }
}
