/// A property of the data that moves a COCO number in a way few people expect.
///
/// Found by evaluating again without it: only what changes at least one of the twelve numbers is reported.
public struct EvaluationFinding: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A ground truth with id 0 can never be found, because pycocotools writes 0 for "no match".
        case zeroGroundTruthID
        /// pycocotools prints AP −1 because 100 is not one of the detection limits.
        case limitsWithoutHundred
        /// An image has more detections of a category than the largest limit, and the rest do not count.
        case detectionsBeyondLimit
        /// Objects whose area is the very bound of two area ranges count in both.
        case areaOnBound
        /// Annotations give an area of 0 for a box that has one, and are ranged by the 0.
        case zeroAreaField
        /// Ground-truth boxes without width or height, which nothing can match.
        case emptyGroundTruthBox
        /// Crowds take in any number of detections, which are then neither right nor wrong.
        case crowdsAmongObjects
        /// Detections of categories without ground truth, whose every false alarm is free.
        case categoryWithoutGroundTruth
    }

    public var kind: Kind
    /// How many records (or, of ``Kind/categoryWithoutGroundTruth``, categories) it concerns.
    public var count: Int
    /// The twelve numbers as they would be without it.
    public var statistics: [Double]
    /// What the twelve numbers are called.
    public var names: [String]
    /// ``statistics`` minus the numbers reported.
    public var differences: [Double]

    /// The difference of AP, the first of the twelve.
    public var effect: Double { differences[0] }

    public var description: String {
        let seen = zip(names, differences).filter { abs($1) >= 0.00005 }
        let changes =
            seen.isEmpty
            ? "a change of less than 0.0001"
            : seen.map { "\($0) \($1 > 0 ? "+" : "")\(formatFixed($1, digits: 4))" }.joined(separator: ", ")
        return "\(explanation.prefix(1).uppercased())\(explanation.dropFirst()) Otherwise: \(changes)."
    }

    /// What it is and does, in a sentence.
    public var explanation: String {
        switch kind {
        case .zeroGroundTruthID:
            "a ground truth has id 0 and can never be found; number annotations from 1."
        case .limitsWithoutHundred:
            "AP is -1 because 100 is not one of the detection limits."
        case .detectionsBeyondLimit:
            counted("detection is", "detections are") + " beyond the largest limit and so not counted."
        case .areaOnBound:
            counted("object lies", "objects lie") + " exactly on the bound of two area ranges, and so in both."
        case .zeroAreaField:
            counted("annotation has", "annotations have") + " area 0 but a box with an area, and no size range of it."
        case .emptyGroundTruthBox:
            counted("ground-truth box has", "ground-truth boxes have") + " no width or height and can never be found."
        case .crowdsAmongObjects:
            counted("crowd takes", "crowds take") + " in detections that would be false alarms without."
        case .categoryWithoutGroundTruth:
            counted("category has", "categories have")
                + " detections but no ground truth, and so no AP; as 0 it would count."
        }
    }

    private func counted(_ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
}

extension COCOEvaluator {
    /// Evaluates again without each trap that the data holds, only the categories it touches.
    func findings(
        table: PrecisionTable, statistics: COCOStatistics, partition: ClassPartition
    ) -> [EvaluationFinding] {
        var findings: [EvaluationFinding] = []
        func report(_ kind: EvaluationFinding.Kind, count: Int, statistics other: [Double]) {
            let differences = zip(other, statistics.values).map { $0 - $1 }
            guard differences.contains(where: { $0 != 0 }) else { return }
            findings.append(
                EvaluationFinding(
                    kind: kind, count: count, statistics: other, names: COCOStatistics.names(options),
                    differences: differences))
        }
        /// Counts what a trap concerns by category, and evaluates those categories by changed rules.
        func examine(
            _ kind: EvaluationFinding.Kind, truths: (ClassPartition.Truth) -> Bool = { _ in false },
            detections: (ClassPartition.Candidate) -> Bool = { _ in false }, change: (inout MatchRules) -> Void
        ) {
            var count = 0
            var classes: Set<Int> = []
            for k in 0..<partition.classCount {
                let concerned =
                    (partition.truthStarts[k]..<partition.truthEnds[k]).count { truths(partition.truths[$0]) }
                    + (0..<partition.keptCounts[k]).count {
                        detections(partition.detections[partition.detectionStarts[k] + $0])
                    }
                if concerned > 0 { classes.insert(k) }
                count += concerned
            }
            guard count > 0 else { return }
            var rules = MatchRules(options)
            change(&rules)
            report(
                kind, count: count,
                statistics: self.statistics(table, replacing: classes, rules: rules, partition: partition))
        }

        if options.conformance == .reference {
            examine(.zeroGroundTruthID, truths: { $0.hasZeroID && !$0.isCrowd }) { $0.zeroIDMatches = true }
            if !options.detectionLimits.contains(100) {
                var corrected = statistics.values
                var other = options
                other.conformance = .corrected
                corrected[0] = COCOStatistics(table, options: other).values[0]
                report(.limitsWithoutHundred, count: 1, statistics: corrected)
            }
        }
        let cut = partition.cutCounts
        if cut.contains(where: { $0 > 0 }) {
            var rules = MatchRules(options)
            rules.detectionLimits[rules.detectionLimits.count - 1] = Int(Int32.max)
            report(
                .detectionsBeyondLimit, count: cut.reduce(0, +),
                statistics: self.statistics(
                    table, replacing: Set(cut.indices.filter { cut[$0] > 0 }), rules: rules, partition: partition))
        }
        let bounds = Set(options.areaRanges.map(\.upper)).intersection(options.areaRanges.map(\.lower))
        examine(
            .areaOnBound, truths: { !$0.isCrowd && bounds.contains($0.area) },
            detections: { bounds.contains($0.box.area) }, change: { $0.areaUpperIsExclusive = true })
        examine(.zeroAreaField, truths: { !$0.isCrowd && $0.area == 0 && $0.box.area > 0 }) {
            $0.replacesZeroArea = true
        }
        examine(.emptyGroundTruthBox, truths: { !$0.isCrowd && !$0.box.hasArea }) {
            $0.dropsEmptyGroundTruths = true
        }
        examine(.crowdsAmongObjects, truths: { $0.isCrowd }) { $0.dropsCrowds = true }

        let whole = options.areaRanges.firstIndex { $0.label == "all" } ?? 0
        let missing = (0..<table.categoryCount).count { k in
            partition.keptCounts[k] > 0
                && table.recall(threshold: 0, category: k, area: whole, limit: table.limitCount - 1) < 0
        }
        let present = (0..<table.categoryCount).count { k in
            table.recall(threshold: 0, category: k, area: whole, limit: table.limitCount - 1) >= 0
        }
        if missing > 0, present > 0 {
            // Only the means over all areas have a plain count of categories to divide by.
            var other = statistics.values
            for i in [0, 1, 2] where other[i] > 0 { other[i] *= Double(present) / Double(present + missing) }
            report(.categoryWithoutGroundTruth, count: missing, statistics: other)
        }
        return findings
    }

    /// The twelve numbers after the given categories are evaluated by other rules.
    private func statistics(
        _ table: PrecisionTable, replacing classes: Set<Int>, rules: MatchRules, partition: ClassPartition
    ) -> [Double] {
        let isPartitionSame =
            !rules.replacesZeroArea && !rules.dropsEmptyGroundTruths
            && rules.detectionLimits == MatchRules(options).detectionLimits
        let partition = isPartitionSame ? partition : ClassPartition(records, rules: rules, classes: classes)
        let other = PrecisionTable(partition, rules: rules, classes: classes)
        var changed = table
        for k in classes { changed.replaceCategory(k, from: other) }
        return COCOStatistics(changed, options: options).values
    }
}
