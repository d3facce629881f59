import NeedletailEvaluation

/// Something to do next, and the numbers that say so.
public struct Advice: Hashable, Sendable, Encodable {
    /// What to do, in a few words.
    public var title: String
    /// Why, and how.
    public var detail: String
}

extension DetectionEvaluation {
    /// What to do next, the most worthwhile first; empty without an analysis of the errors.
    public var advice: [Advice] {
        guard let analysis else { return [] }
        guard input.annotationCount > input.crowdCount else { return [] }
        guard let best = analysis.overall.best, best.truePositives > 0 else {
            return [
                Advice(
                    title: "Check that detections and annotations belong together",
                    detail: "No detection overlaps an object of its class by half. Either the detector has learned "
                        + "nothing yet, or image ids, class ids or the format of the boxes differ.")
            ]
        }
        let writer = AdviceWriter(evaluation: self, analysis: analysis, best: best)
        return writer.errors() + writer.labels() + writer.classes() + writer.operatingPoint()
    }
}

/// Turns the numbers of an analysis into sentences.
private struct AdviceWriter {
    let evaluation: DetectionEvaluation
    let analysis: ErrorAnalysis
    let best: ConfidenceCurve.Point

    /// Errors that cost less AP than this are not worth a sentence.
    private static let leastCost = 0.01

    func errors() -> [Advice] {
        let ranked = ErrorKind.allCases.compactMap { kind in analysis.costs[kind].map { (kind, $0) } }
            .filter { $1.averagePrecisionCost >= Self.leastCost }
            .sorted { $0.1.averagePrecisionCost > $1.1.averagePrecisionCost }
        return ranked.prefix(3).compactMap { kind, cost in
            let price = "\(number(cost.averagePrecisionCost)) AP at IoU 0.5"
            return switch kind {
            case .missed: missed(cost, price)
            case .localization:
                Advice(
                    title: "Tighten the boxes",
                    detail: "\(cost.count) detections lie on an object but overlap it by less than half, which costs "
                        + "\(price). Train longer or at a larger input size, and look whether the annotated boxes are "
                        + "tight and drawn alike.")
            case .classification: classification(cost, price)
            case .background:
                Advice(
                    title: "Teach it what is background",
                    detail: "\(cost.count) detections lie where nothing is annotated, which costs \(price). Add images "
                        + "without objects that look like the false alarms, and train on them as background.")
            case .duplicate:
                Advice(
                    title: "Suppress double detections",
                    detail: "\(cost.count) detections find an object that a more confident one has found, which costs "
                        + "\(price). Lower the overlap from which non-maximum suppression removes a box.")
            case .both:
                Advice(
                    title: "Train longer",
                    detail: "\(cost.count) detections have the wrong class and a loose box at once, which costs "
                        + "\(price): the detector is still unsure of what it sees.")
            }
        }
    }

    private func missed(_ cost: ErrorCost, _ price: String) -> Advice {
        let sizes = analysis.sizes.filter { $0.range.label != "all" && $0.groundTruthCount > 0 }
        let others = sizes.filter { $0.range.label != "small" }
        if let small = sizes.first(where: { $0.range.label == "small" }), let recall = small.recall,
            small.groundTruthCount - small.found >= 10,
            recall + 0.1 < Double(others.reduce(0) { $0 + $1.found })
                / Double(max(others.reduce(0) { $0 + $1.groundTruthCount }, 1))
        {
            return Advice(
                title: "Use a larger input size",
                detail:
                    "Nothing at all points at \(cost.count) objects, which costs \(price). Small ones (under 32 by 32 "
                    + "pixels) are missed most: \(percent(recall)) of them are found, against "
                    + "\(percent(Double(others.reduce(0) { $0 + $1.found }) / Double(others.reduce(0) { $0 + $1.groundTruthCount }))) "
                    + "of the larger ones. A larger input size, or images cut into tiles, shows them to the network at "
                    + "more pixels.")
        }
        return Advice(
            title: "Find the missed objects",
            detail: "Nothing at all points at \(cost.count) objects, which costs \(price). Add training images like "
                + "those where they are missed, or train longer.")
    }

    private func classification(_ cost: ErrorCost, _ price: String) -> Advice {
        let pairs = evaluation.confusedPairs.prefix(3).map { "\($0.truth) taken for \($0.detected) (\($0.count))" }
        let named = pairs.isEmpty ? "" : " Most often: \(pairs.joined(separator: ", "))."
        return Advice(
            title: "Tell the classes apart",
            detail: "\(cost.count) detections lie on an object of another class, which costs \(price).\(named) Check "
                + "that these are annotated alike everywhere, add examples of the rarer one, or merge what nobody can "
                + "tell apart.")
    }

    /// A detector that is sure of itself and finds nothing annotated is often right.
    func labels() -> [Advice] {
        let examples = analysis.examples[.background] ?? []
        let threshold = max(best.confidence, 0.5)
        let sure = examples.count { ($0.detection?.score ?? 0) >= threshold }
        guard sure >= 5, Double(sure) >= 0.02 * Double(best.truePositives) else { return [] }
        let count = sure == examples.count ? "\(sure) or more" : "\(sure)"
        return [
            Advice(
                title: "Look for objects that are not annotated",
                detail:
                    "\(count) detections of confidence \(number(threshold)) or more lie where nothing is annotated. "
                    + "Look at these first: where there is an object, the annotation is incomplete, and the numbers "
                    + "here are too low.")
        ]
    }

    func classes() -> [Advice] {
        var advice: [Advice] = []
        let measured = evaluation.metrics.categories.filter { $0.groundTruthCount > 0 }
        let rare = measured.filter { $0.groundTruthCount < 20 }
        if !rare.isEmpty, measured.count > 1 {
            let names = rare.prefix(5).map { "\(evaluation.name($0.categoryID)) (\($0.groundTruthCount))" }
            advice.append(
                Advice(
                    title: "Annotate more of the rare classes",
                    detail:
                        "\(rare.count == 1 ? "One class has" : "\(rare.count) classes have") fewer than 20 objects here: "
                        + "\(names.joined(separator: ", "))\(rare.count > 5 ? ", ..." : ""). Their numbers, each as heavy in "
                        + "the mean as any other, say little."))
        }
        let mean = evaluation.metrics.statistics.averagePrecision
        let weak = measured.filter { $0.groundTruthCount >= 20 && ($0.averagePrecision ?? 0) < mean * 0.6 }
            .sorted { ($0.averagePrecision ?? 0) < ($1.averagePrecision ?? 0) }
        if !weak.isEmpty, mean > 0 {
            let names = weak.prefix(5).map { "\(evaluation.name($0.categoryID)) (\(number($0.averagePrecision ?? 0)))" }
            advice.append(
                Advice(
                    title: "Work on the weakest classes",
                    detail: "Far below the mean AP of \(number(mean)): \(names.joined(separator: ", "))"
                        + "\(weak.count > 5 ? ", ..." : ""). Look at their worst images and add examples of what fails."
                ))
        }
        return advice
    }

    func operatingPoint() -> [Advice] {
        [
            Advice(
                title: "Keep detections from confidence \(number(best.confidence))",
                detail:
                    "There F1 is highest, \(number(best.f1)): \(percent(best.precision)) of the detections kept are "
                    + "right and \(percent(best.recall ?? 0)) of the objects are found. A higher threshold gives fewer "
                    + "false alarms, a lower one fewer missed objects.")
        ]
    }

    private func number(_ value: Double) -> String { formatFixed(value, digits: 3) }
    private func percent(_ share: Double) -> String { formatFixed(share * 100, digits: 0) + "%" }
}
