import NeedletailEvaluation
import NeedletailGeometry
import NeedletailSystem

/// What must hold before numbers say anything about a detector.
struct AdvicePremises {
    let evaluation: DetectionEvaluation
    private let analysis: ErrorAnalysis
    /// Images with objects, and those of them that have no detection of any score.
    private let occupied: Int
    private let silent: Int
    /// Classes with objects that no detection is of.
    let undetected: [COCOMetrics.Category]
    private let mapping: ClassMapping?
    private let shift: Int?

    /// Fewer objects of a class may have no detection by chance.
    private static let leastObjects = 5

    init(evaluation: DetectionEvaluation, analysis: ErrorAnalysis) {
        self.evaluation = evaluation
        self.analysis = analysis
        let input = evaluation.input
        let rows = input.imageIDs.indices.filter { row in input.groundTruths(ofImage: row).contains { !$0.isCrowd } }
        occupied = rows.count
        silent = rows.count { input.detections(ofImage: $0).isEmpty }
        undetected = evaluation.metrics.categories.filter {
            $0.groundTruthCount >= Self.leastObjects && $0.detectionCount == 0
        }
        let isWeak = (analysis.overall.best?.f1 ?? 0) < 0.4
        mapping = isWeak ? ClassMapping(evaluation) : nil
        shift = isWeak ? ImageShift.find(input) : nil
    }

    /// Whether objects may be missed for want of looking: then longer training is no remedy.
    var explainsMisses: Bool {
        isPartial || detectorLimit != nil || countedLimit != nil || isCutOff || mapping != nil || shift != nil
    }

    /// Whether images or classes are taken for others: then nothing else can be said of errors.
    var areMisread: Bool { mapping != nil || shift != nil }

    /// What does not hold, the gravest first.
    var all: [Advice] {
        [partial, shifted, mapped, foreign, missingClasses, keptLimit, counted, cutOff, zeroID].compactMap(\.self)
    }

    // MARK: Images

    private var isPartial: Bool { silent >= max(2, (occupied + 9) / 10) }

    private var partial: Advice? {
        guard isPartial else { return nil }
        return evaluation.advice(
            "See whether all images were looked at",
            """
            \(silent) of the \(occupied) images with objects have no detection of any score. \(reason) All numbers here \
            count the objects of these images as missed.
            """)
    }

    private var reason: Remedy {
        if let split = onlySplit {
            return "The detections are of the split \(split) alone: measure that with \(setting: .split)."
        }
        return """
            If they were left out, or the work was stopped, detect in all of them; if the detections are of other images, \
            their ids or names differ.
            """
    }

    /// The split that all images with detections are of, and none of those without.
    private var onlySplit: String? {
        let dataset = evaluation.input.dataset
        func splits(_ isSilent: Bool) -> Set<String?> {
            Set(
                dataset.images.indices.filter { evaluation.input.detections(ofImage: $0).isEmpty == isSilent }
                    .map { dataset.field("split", ofImage: $0) })
        }
        let detected = splits(false)
        guard detected.count == 1, let split = detected.first, let split else { return nil }
        return splits(true).contains(split) ? nil : split
    }

    private var shifted: Advice? {
        guard let shift else { return nil }
        return evaluation.advice(
            "Number the images as the dataset does",
            """
            The detections of an image fit the objects of the \(shift < 0 ? "image before it" : "image after it") in the \
            dataset, as if images had been counted from 0 in one place and from 1 in the other.
            """)
    }

    // MARK: Classes

    private var mapped: Advice? {
        guard let mapping else { return nil }
        let pairs = mapping.pairs.prefix(6).map {
            "\(evaluation.name($0.truth)) is detected as \(evaluation.name($0.detected))"
        }
        return evaluation.advice(
            "Number the classes as the dataset does",
            """
            Boxes fit, but under other classes: \(pairs.joined(separator: ", "))\(mapping.pairs.count > 6 ? ", ..." : ""). \
            Classes that are counted from 0, or in another order, must be written as the dataset's ids; detections that \
            carry names are matched by these.
            """)
    }

    private var foreign: Advice? {
        guard let warning = evaluation.input.warnings.first(where: { $0.kind == .foreignCategory }) else { return nil }
        return evaluation.advice(
            "Match the classes",
            """
            \(warning.count) detections were left out: \(warning.examples.first?.problem ?? ""). Where only the name differs, \
            \(verb: .remap) makes it one.
            """)
    }

    private var missingClasses: Advice? {
        guard !undetected.isEmpty, evaluation.input.detectionCount > 0, mapping == nil else { return nil }
        let names = undetected.prefix(6).map { "\(evaluation.name($0.categoryID)) (\($0.groundTruthCount))" }
        return evaluation.advice(
            "Look why some classes are never detected",
            """
            No detection of any score is of \(names.joined(separator: ", "))\(undetected.count > 6 ? ", ..." : ""). Was the \
            detector trained on them, and under these names?
            """)
    }

    // MARK: Limits

    /// Detections that images have whose detector could keep no more, and how many images.
    private var detectorLimit: (detections: Int, images: Int)? {
        let input = evaluation.input
        let counts = input.imageIDs.indices.map { input.detections(ofImage: $0).count }
        guard let most = counts.max(), most >= 50 else { return nil }
        // One image has the most; that several have exactly as many is a limit.
        let images = counts.count { $0 == most }
        return images >= 2 ? (most, images) : nil
    }

    private var keptLimit: Advice? {
        guard let (detections, images) = detectorLimit else { return nil }
        return evaluation.advice(
            "Keep more objects of an image",
            """
            \(images) images have exactly \(detections) detections and none has more, as if the rest had been cut off. If \
            there are more objects in them, detect again with more \(setting: .keptDetections).
            """)
    }

    /// Images and classes with more detections than count, and at least half as many objects as the limit.
    private var countedLimit: (limit: Int, images: Int, most: Int)? {
        let limit = analysis.options.detectionLimit
        let input = evaluation.input
        var images = 0
        var most = 0
        for row in input.imageIDs.indices where input.detections(ofImage: row).count > limit {
            var detections: [Int: Int] = [:]
            var objects: [Int: Int] = [:]
            for detection in input.detections(ofImage: row) { detections[detection.categoryID, default: 0] += 1 }
            for truth in input.groundTruths(ofImage: row) { objects[truth.categoryID, default: 0] += 1 }
            let cut = detections.filter { $0.value > limit && 2 * (objects[$0.key] ?? 0) > limit }
            guard let greatest = cut.values.max() else { continue }
            images += 1
            most = max(most, greatest)
        }
        return images > 0 ? (limit, images, most) : nil
    }

    private var counted: Advice? {
        guard let (limit, images, most) = countedLimit else { return nil }
        return evaluation.advice(
            "Count more detections of an image",
            """
            Of an image and class \(limit) detections count, the best, and \(images) images with many objects have more: up to \
            \(most). Measure again with a greater last number of \(setting: .countedDetections).
            """)
    }

    private var isCutOff: Bool { evaluation.input.warnings.contains { $0.kind == .scoreCutOff } }

    private var cutOff: Advice? {
        guard isCutOff, let scores = evaluation.input.scores else { return nil }
        return evaluation.advice(
            "Detect again with all scores",
            """
            No detection has a score below \(formatFixed(scores.lowerBound, digits: 3)). AP is measured over all scores: with \
            a lower \(setting: .listedScore) it is higher, and fewer objects count as missed.
            """)
    }

    private var zeroID: Advice? {
        guard evaluation.metrics.options.conformance == .reference else { return nil }
        let input = evaluation.input
        let isThere = input.imageIDs.indices.contains { row in
            input.groundTruths(ofImage: row).contains { $0.id == 0 && !$0.isCrowd }
        }
        guard isThere else { return nil }
        return evaluation.advice(
            "Number the annotations from 1",
            """
            An annotation has id 0, and pycocotools never counts such an object as found; the numbers follow it. \
            \(setting: .conformance) counts it.
            """)
    }

    /// What there is to say when nothing is right, and nothing of the above is the reason.
    var nothingFits: Advice {
        evaluation.advice(
            "Check that detections and annotations belong together",
            """
            No detection overlaps an object of its class by half. Either the detector has learned nothing yet, or image ids, \
            class ids or the format of the boxes differ.
            """)
    }
}
