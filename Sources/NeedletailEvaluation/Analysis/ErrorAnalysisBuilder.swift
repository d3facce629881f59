import NeedletailGeometry

/// Gathers what ``ErrorAnalysis`` holds from the assignments of the images.
///
/// Everything is taken class by class or image by image, each on its own, so that the cost grows with the number of
/// detections and not faster.
struct ErrorAnalysisBuilder {
    private let records: EvaluationRecords
    private let options: COCOOptions
    private let analysis: ErrorAnalysisOptions
    private let categoryCount: Int
    private let table: AssignmentTable

    init(records: EvaluationRecords, options: COCOOptions, analysis: ErrorAnalysisOptions) {
        self.records = records
        self.options = options
        self.analysis = analysis
        categoryCount = options.usesCategories ? records.categoryIDs.count : 1
        table = AssignmentTable(records, usesCategories: options.usesCategories, options: analysis)
    }

    func build() -> ErrorAnalysis {
        let positives = objectCounts { !records.groundTruths[$0].isCrowd }
        let overall = overallCurve(groundTruths: positives.reduce(0, +))
        let confidence: Double
        switch analysis.operatingPoint {
        case .confidence(let value): confidence = value
        case .maximumF1: confidence = overall.best?.confidence ?? .infinity
        }
        let missed = objectCounts { table.isMissed[$0] }
        let buckets = ClassBuckets(table, records: records, categoryCount: categoryCount)
        let classes = concurrentMap(categoryCount) { k in
            summary(
                ClassErrors(
                    unsorted: buckets.entries(ofClass: k, table: table, records: records), positives: positives[k],
                    missed: missed[k]),
                class: k, positives: positives[k], confidence: confidence)
        }
        let costs = ErrorCosts(classes.map(\.averagePrecisions))
        let costOfKind = ErrorKind.allCases.map { kind in
            let count = classes.reduce(0) { $0 + ($1.category.errorCounts[kind] ?? 0) }
            return (kind, ErrorCost(count: count, averagePrecisionCost: costs.cost(of: .init(kind))))
        }
        let tallies = tallies(confidence: confidence)
        return ErrorAnalysis(
            options: analysis, operatingConfidence: confidence, overall: overall, categories: classes.map(\.category),
            averagePrecision: costs.averagePrecision(mending: .nothing),
            costs: Dictionary(uniqueKeysWithValues: costOfKind),
            operatingCounts: tallies.reduce(into: ErrorCounts()) { $0.add($1.errors) }.byKind,
            falsePositiveCost: costs.cost(of: .falsePositives), falseNegativeCost: costs.cost(of: .falseNegatives),
            confusion: ConfusionMatrix(
                categoryIDs: records.categoryIDs, confidence: confidence, iouThreshold: analysis.iouThreshold,
                cells: tallies.lazy.flatMap(\.confusion)),
            sizes: sizes(tallies), images: tallies.flatMap(\.images), examples: examples(classes.map(\.examples)))
    }

    private func objectCounts(where isCounted: (Int) -> Bool) -> [Int] {
        var counts = [Int](repeating: 0, count: categoryCount)
        for truth in records.groundTruths.indices where isCounted(truth) {
            counts[options.usesCategories ? Int(records.groundTruthCategories[truth]) : 0] += 1
        }
        return counts
    }

    /// True and false positives are sorted apart, because a curve does not ask in which order equal scores come.
    private func overallCurve(groundTruths: Int) -> ConfidenceCurve {
        let keys = concurrentMap(2) { side in
            var keys: [UInt64] = []
            for row in table.rows where row.outcome != .ignored && (row.outcome == .truePositive) == (side == 0) {
                keys.append(DescendingOrder.key(records.detections[Int(row.record)].score))
            }
            keys.withUnsafeMutableBufferPointer { DescendingOrder.sort($0) { $0 } }
            return keys
        }
        return ConfidenceCurve(
            MergedScores(truths: keys[0], alarms: keys[1]), groundTruths: groundTruths,
            maximumPoints: analysis.maximumCurvePoints)
    }

    private struct ClassSummary {
        var category: ErrorAnalysis.Category
        var averagePrecisions: [ClassErrors.Mending: Double?]
        var examples: [ErrorKind: [ClassErrors.Entry]]
    }

    private func summary(_ errors: ClassErrors, class k: Int, positives: Int, confidence: Double) -> ClassSummary {
        var truePositives = 0
        var falsePositives = 0
        for (score, isTrue) in errors.scores {
            if score < confidence { break }
            if isTrue { truePositives += 1 } else { falsePositives += 1 }
        }
        return ClassSummary(
            category: ErrorAnalysis.Category(
                categoryID: options.usesCategories ? records.categoryIDs[k] : nil,
                curve: ConfidenceCurve(
                    errors.scores, groundTruths: positives, maximumPoints: analysis.maximumCurvePoints),
                groundTruthCount: positives, truePositives: truePositives, falsePositives: falsePositives,
                errorCounts: errors.counts),
            averagePrecisions: Dictionary(
                uniqueKeysWithValues: ClassErrors.Mending.allCases.map {
                    ($0, errors.averagePrecision(mending: $0))
                }),
            examples: errors.examples(analysis.maximumExamples))
    }

    private func tallies(confidence: Double) -> [OperatingPointTally] {
        let runs = 64
        let images = table.imageOrder.count
        return concurrentMap(runs) { run in
            OperatingPointTally(
                images * run / runs..<images * (run + 1) / runs, of: table, records: records,
                rules: MatchRules(options), confidence: confidence, iouThreshold: analysis.iouThreshold)
        }
    }

    private func sizes(_ tallies: [OperatingPointTally]) -> [ErrorAnalysis.Size] {
        var rules = MatchRules(options)
        rules.iouThresholds = [analysis.iouThreshold]
        rules.recallThresholds = COCOOptions.defaultRecallThresholds
        rules.detectionLimits = [analysis.detectionLimit]
        rules.zeroIDMatches = true
        let precisions = PrecisionTable(ClassPartition(records, rules: rules), rules: rules)
        return options.areaRanges.enumerated().map { index, range in
            let mean = precisions.meanPrecision(
                thresholds: 0..<1, categories: 0..<precisions.categoryCount, area: index, limit: 0)
            return ErrorAnalysis.Size(
                range: range,
                groundTruthCount: records.groundTruths.count { !$0.isCrowd && !rules.isOutside($0.area, range: index) },
                found: tallies.reduce(0) { $0 + $1.found[index] },
                falsePositives: tallies.reduce(0) { $0 + $1.falsePositives[index] },
                averagePrecision: mean < 0 ? nil : mean)
        }
    }

    private func examples(_ classes: [[ErrorKind: [ClassErrors.Entry]]]) -> [ErrorKind: [ErrorExample]] {
        var examples: [ErrorKind: [ErrorExample]] = [:]
        for kind in ErrorKind.allCases {
            let entries = classes.flatMap { $0[kind] ?? [] }.sorted { ($0.key, $0.row) < ($1.key, $1.row) }
            examples[kind] = entries.prefix(analysis.maximumExamples).map { example(kind, row: Int($0.row)) }
        }
        examples[.missed] = missedExamples()
        return examples
    }

    private func example(_ kind: ErrorKind, row index: Int) -> ErrorExample {
        let row = table.rows[index]
        // The last image that starts there: those before it are empty.
        let image = table.imageOrder[(table.starts.partitioningIndex { $0 > index }) - 1]
        let detection = records.detections[Int(row.record)]
        let truth = row.truth.map { records.groundTruths[$0] }
        return ErrorExample(
            imageID: records.imageIDs[image], kind: kind, detection: detection, groundTruth: truth,
            iou: truth.map { GreedyMatcher.overlap(of: detection.box, with: $0.box, isCrowd: false) })
    }

    private func missedExamples() -> [ErrorExample] {
        var missed: [(image: Int, truth: Int)] = []
        for image in table.imageOrder {
            for truth in records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
            where table.isMissed[truth] {
                missed.append((image, truth))
            }
        }
        let order = DescendingOrder.positions(count: missed.count) { records.groundTruths[missed[$0].truth].area }
        return order.prefix(analysis.maximumExamples).map { position in
            let (image, truth) = missed[Int(position)]
            return ErrorExample(
                imageID: records.imageIDs[image], kind: .missed, groundTruth: records.groundTruths[truth])
        }
    }
}

extension [Int] {
    /// The first index whose element, and every later one's, fulfils a condition; by halving.
    fileprivate func partitioningIndex(where isBeyond: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
