import NeedletailGeometry
import NeedletailPlatform

/// From head outputs to detections: threshold, best candidates of each level, decode, clip, suppress.
public struct PostProcessing: Codable, Hashable, Sendable {
    /// Scores must be greater than this.
    public var scoreThreshold: Float
    /// Of two boxes of a class that overlap by more than this IoU the better stays.
    public var overlapThreshold: Double
    /// (Anchor, class) pairs kept on each pyramid level before suppression.
    public var candidatesPerLevel: Int
    /// Detections kept of an image.
    public var detectionsPerImage: Int

    public init(
        scoreThreshold: Float = 0.05, overlapThreshold: Double = 0.5, candidatesPerLevel: Int = 1000,
        detectionsPerImage: Int = 300
    ) {
        self.scoreThreshold = scoreThreshold
        self.overlapThreshold = overlapThreshold
        self.candidatesPerLevel = candidatesPerLevel
        self.detectionsPerImage = detectionsPerImage
    }

    /// A detection in pixels of the network's input, with its output column.
    struct Candidate {
        var box: Corners
        var score: Float
        var label: Int
    }

    /// The detections of one image of a batch, best first.
    ///
    /// - Parameters:
    ///   - image: Its place in the batch.
    ///   - size: Height and width of the image inside the padded input; boxes are clipped to it.
    func detections(
        outputs: DenseOutputs, anchors: [[Corners]], image: Int, height: Int, width: Int, classCount: Int,
        coder: BoxCoder
    ) -> [Candidate] {
        var candidates: [Candidate] = []
        for (level, levelAnchors) in anchors.enumerated() {
            let logits = outputs.logits(level), offsets = outputs.offsets(level)
            let perImage = levelAnchors.count * classCount
            for pair in bestPairs(logits: logits[image * perImage..<(image + 1) * perImage]) {
                let anchor = pair.index / classCount
                let start = (image * levelAnchors.count + anchor) * 4
                let box = coder.decode(
                    SIMD4(offsets[start], offsets[start + 1], offsets[start + 2], offsets[start + 3]),
                    anchor: levelAnchors[anchor])
                candidates.append(
                    Candidate(
                        box: box.clipped(width: Float(width), height: Float(height)), score: pair.score,
                        label: pair.index % classCount))
            }
        }
        let kept = NonMaximumSuppression.keptIndices(
            boxes: candidates.map(\.box), scores: candidates.map(\.score), classes: candidates.map(\.label),
            threshold: overlapThreshold)
        return kept.prefix(detectionsPerImage).map { candidates[$0] }
    }

    /// The pairs above the threshold, best first, cut to the number kept of a level.
    private func bestPairs(logits: Slice<UnsafeBufferPointer<Float>>) -> [(index: Int, score: Float)] {
        // Most pairs are far below the threshold: compare logits, with a margin for rounding, before any `exp`.
        let limit = log(scoreThreshold / (1 - scoreThreshold)) - 1e-3
        var pairs: [(index: Int, score: Float)] = []
        for (index, logit) in logits.enumerated() where logit > limit || scoreThreshold <= 0 {
            let score = 1 / (1 + exp(-logit))
            if score > scoreThreshold { pairs.append((index, score)) }
        }
        pairs.sort { $0.score > $1.score || ($0.score == $1.score && $0.index < $1.index) }
        return Array(pairs.prefix(candidatesPerLevel))
    }
}
