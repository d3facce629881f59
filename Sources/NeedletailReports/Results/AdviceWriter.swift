import NeedletailEvaluation
import NeedletailSystem

/// Turns the numbers of an analysis into sentences.
struct AdviceWriter {
    let evaluation: DetectionEvaluation
    let analysis: ErrorAnalysis
    let best: ConfidenceCurve.Point
    let premises: AdvicePremises

    /// Errors that cost less AP than this are not worth a sentence.
    private static let leastCost = 0.01

    func errors() -> [Advice] {
        if premises.areMisread { return [] }
        let ranked = ErrorKind.allCases.compactMap { kind in analysis.costs[kind].map { (kind, $0) } }
            .filter { $1.averagePrecisionCost >= Self.leastCost && analysis.operatingCounts[$0] ?? 0 > 0 }
            .sorted { $0.1.averagePrecisionCost > $1.1.averagePrecisionCost }
        var advice = ranked.prefix(3).compactMap { kind, cost in
            let count = analysis.operatingCounts[kind] ?? 0
            let price = "which costs \(number(cost.averagePrecisionCost)) AP at IoU 0.5"
            return switch kind {
            case .missed: premises.explainsMisses ? nil : missed(count, price)
            case .localization: localization(count, price)
            case .classification: classification(count, price)
            case .background: background(count, price)
            case .duplicate: duplicate(count, price)
            case .both: premises.explainsMisses ? nil : both(count, price)
            }
        }
        if let loose = looseBoxes, !advice.contains(where: { $0.title == loose.title }) { advice.insert(loose, at: 0) }
        return advice
    }

    /// `3 detections at confidence 0.412 lie`: all errors are counted at one confidence.
    private func detections(_ count: Int, _ verb: String) -> String {
        count == 1 ? "1 detection \(place) \(verb)s" : "\(count) detections \(place) \(verb)"
    }

    private var place: String { "at confidence \(number(best.confidence))" }

    /// How to train more.
    private var more: Remedy {
        if let training = evaluation.training {
            guard let next = training.nextPreset else { return "more \(setting: .epochs)" }
            return "more \(setting: .epochs), or with \(setting: .preset) \(next)"
        }
        return
            "more \(setting: .epochs), or with the next \(setting: .preset): fast after tiny, balanced after fast, accurate after balanced"
    }

    // MARK: Boxes

    /// Errors at an IoU of 0.5 do not tell of boxes that are loose beyond it.
    private var looseBoxes: Advice? {
        let statistics = evaluation.metrics.statistics
        let (all, half) = (statistics.averagePrecision, statistics.averagePrecision50)
        guard all >= 0, half >= 0.3, half - all >= 0.2, all <= 0.6 * half else { return nil }
        return evaluation.advice(
            Self.tighten,
            """
            AP50, \(number(half)), is far above AP, \(number(all)): objects are found, and their boxes do not fit well. Train \
            with \(more), or with a larger \(setting: .trainedSize), and look whether the annotated boxes are tight and \
            drawn alike: \(verb: .draw) shows them.
            """)
    }

    private static let tighten = "Tighten the boxes"

    private func localization(_ count: Int, _ price: String) -> Advice {
        evaluation.advice(
            Self.tighten,
            """
            \(detections(count, "overlap")) an object by less than half, \(price). Train with \(more), or with a larger \(setting: .trainedSize), and look whether the annotated boxes are tight and drawn alike: \
            \(verb: .draw) shows them.
            """)
    }

    private func duplicate(_ count: Int, _ price: String) -> Advice {
        evaluation.advice(
            "Suppress double detections",
            """
            \(detections(count, "find")) an object that a more confident one has found, \(price). Detect with a lower \
            \(setting: .suppressionOverlap), from which on one of two boxes is removed.
            """)
    }

    // MARK: Objects

    private func missed(_ count: Int, _ price: String) -> Advice {
        let sizes = analysis.sizes.filter { $0.range.label != "all" && $0.groundTruthCount > 0 }
        let others = sizes.filter { $0.range.label != "small" }
        let (otherFound, otherCount) = (
            others.reduce(0) { $0 + $1.found }, others.reduce(0) { $0 + $1.groundTruthCount }
        )
        let otherRecall = Double(otherFound) / Double(max(otherCount, 1))
        if let small = sizes.first(where: { $0.range.label == "small" }), let recall = small.recall,
            small.groundTruthCount - small.found >= 10, recall + 0.1 < otherRecall
        {
            return evaluation.advice(
                "Use a larger input size",
                """
                Nothing \(place) points at \(objects(count)), \(price). Small ones (under 32 by 32 pixels) are missed most: \
                \(percent(recall)) of them are found, against \(percent(otherRecall)) of the larger ones. A larger \
                \(setting: .trainedSize) in training, or images cut into tiles by \(verb: .tile), show them to the network at \
                more pixels.
                """)
        }
        return evaluation.advice(
            "Find the missed objects",
            """
            Nothing \(place) points at \(objects(count)), \(price). Add training images like those where they are missed, or \
            train with \(more).
            """)
    }

    private func background(_ count: Int, _ price: String) -> Advice {
        evaluation.advice(
            "Teach it what is background",
            """
            \(detections(count, "lie")) where nothing is annotated, \(price). Add images without objects that look like \
            the false alarms, and train on them as background: \(setting: .emptyImages).
            """)
    }

    // MARK: Classes

    private func both(_ count: Int, _ price: String) -> Advice {
        evaluation.advice(
            "Train longer",
            """
            \(detections(count, "show")) the wrong class and a loose box at once, \(price): the detector is still unsure of \
            what it sees. Train with \(more).
            """)
    }

    private func classification(_ count: Int, _ price: String) -> Advice {
        let pairs = evaluation.confusedPairs.prefix(3).map { "\($0.truth) taken for \($0.detected) (\($0.count))" }
        let named = pairs.isEmpty ? "" : " Most often: \(pairs.joined(separator: ", "))."
        return evaluation.advice(
            "Tell the classes apart",
            """
            \(detections(count, "lie")) on an object of another class, \(price).\(named) Check that these are annotated \
            alike everywhere, add examples of the rarer one, or merge what nobody can tell apart with \(verb: .remap).
            """)
    }

    /// A detector that is sure of itself and finds nothing annotated is often right.
    func labels() -> [Advice] {
        if premises.areMisread { return [] }
        let examples = analysis.examples[.background] ?? []
        let threshold = max(best.confidence, 0.5)
        let sure = examples.count { ($0.detection?.score ?? 0) >= threshold }
        guard sure >= 5, Double(sure) >= 0.02 * Double(best.truePositives) else { return [] }
        let count = sure == examples.count ? "\(sure) or more" : "\(sure)"
        return [
            evaluation.advice(
                "Look for objects that are not annotated",
                """
                \(count) detections of confidence \(number(threshold)) or more lie where nothing is annotated. Look at these \
                first: where there is an object, the annotation is incomplete, and the numbers here are too low.
                """)
        ]
    }

    func classes() -> [Advice] {
        var advice: [Advice] = []
        let measured = evaluation.metrics.categories.filter { $0.groundTruthCount > 0 }
        let rare = measured.filter { $0.groundTruthCount < 20 }
        if !rare.isEmpty, measured.count > 1 {
            let names = rare.prefix(5).map { "\(evaluation.name($0.categoryID)) (\($0.groundTruthCount))" }
            advice.append(
                evaluation.advice(
                    "Annotate more of the rare classes",
                    """
                    \(rare.count == 1 ? "One class has" : "\(rare.count) classes have") fewer than 20 objects here: \
                    \(names.joined(separator: ", "))\(rare.count > 5 ? ", ..." : ""). Their numbers, each as heavy in the mean \
                    as any other, say little.
                    """))
        }
        let mean = evaluation.metrics.statistics.averagePrecision
        let undetected = Set(premises.undetected.map(\.categoryID))
        let weak = measured.filter {
            $0.groundTruthCount >= 20 && ($0.averagePrecision ?? 0) < mean * 0.6 && !undetected.contains($0.categoryID)
        }.sorted { ($0.averagePrecision ?? 0) < ($1.averagePrecision ?? 0) }
        if !weak.isEmpty, mean > 0 {
            let names = weak.prefix(5).map { "\(evaluation.name($0.categoryID)) (\(number($0.averagePrecision ?? 0)))" }
            advice.append(
                evaluation.advice(
                    "Work on the weakest classes",
                    """
                    Far below the mean AP of \(number(mean)): \(names.joined(separator: ", "))\
                    \(weak.count > 5 ? ", ..." : ""). Look at their worst images and add examples of what fails.
                    """))
        }
        return advice
    }

    func operatingPoint() -> [Advice] {
        [
            evaluation.advice(
                "Keep detections from confidence \(number(best.confidence))",
                """
                There F1 is highest, \(number(best.f1)): \(percent(best.precision)) of the detections kept are right and \
                \(percent(best.recall ?? 0)) of the objects are found. A higher threshold gives fewer false alarms, a lower \
                one fewer missed objects.
                """)
        ]
    }

    private func objects(_ count: Int) -> String { count == 1 ? "1 object" : "\(count) objects" }
    private func number(_ value: Double) -> String { formatFixed(value, digits: 3) }
    private func percent(_ share: Double) -> String { formatFixed(share * 100, digits: 0) + "%" }
}
