import NeedletailGeometry

/// Gathers what ``ErrorAnalysis`` holds from the assignments of the images.
struct ErrorAnalysisBuilder {
    /// A row of an assignment, by the image it belongs to, as a position in image order.
    struct Place {
        var image: Int32
        var row: Int32
    }

    let records: EvaluationRecords
    let options: CocoOptions
    let analysis: ErrorAnalysisOptions
    let imageOrder: [Int]
    let assignments: [ImageAssignment]
    let categoryCount: Int
    /// Rows that count, by descending score, ties in image order.
    let places: [Place]

    init(records: EvaluationRecords, options: CocoOptions, analysis: ErrorAnalysisOptions) {
        self.records = records
        self.options = options
        self.analysis = analysis
        categoryCount = options.usesCategories ? records.categoryIDs.count : 1
        let imageOrder = records.imageOrder
        self.imageOrder = imageOrder
        var slots = [ImageAssignment?](repeating: nil, count: imageOrder.count)
        slots.withUnsafeMutableBufferPointer { slots in
            let slots = slots
            concurrentLoop(imageOrder.count) { i in
                slots[i] = ImageAssignment(
                    records, image: imageOrder[i], usesCategories: options.usesCategories, options: analysis)
            }
        }
        let assignments = slots.compactMap(\.self)
        self.assignments = assignments

        var keyed: [(score: Double, place: Place)] = []
        for (image, assignment) in assignments.enumerated() {
            for (row, content) in assignment.rows.enumerated() where content.outcome != .ignored {
                keyed.append(
                    (records.detections[content.record].score, Place(image: Int32(image), row: Int32(row))))
            }
        }
        keyed.sort { a, b in
            a.score != b.score
                ? a.score > b.score : (a.place.image, a.place.row) < (b.place.image, b.place.row)
        }
        places = keyed.map(\.place)
    }

    func build() -> ErrorAnalysis {
        let positives = groundTruthCounts()
        var flat: [(score: Double, isTrue: Bool)] = []
        var byCategory = [[(score: Double, isTrue: Bool)]](repeating: [], count: categoryCount)
        for place in places {
            let row = row(place)
            let entry = (records.detections[row.record].score, row.outcome == .truePositive)
            flat.append(entry)
            byCategory[category(ofDetection: row.record)].append(entry)
        }
        let overall = ConfidenceCurve(
            flat, groundTruths: positives.reduce(0, +), maximumPoints: analysis.maximumCurvePoints)
        let confidence: Double
        switch analysis.operatingPoint {
        case .confidence(let value): confidence = value
        case .maximumF1: confidence = overall.best?.confidence ?? .infinity
        }

        var errorCounts = [[ErrorKind: Int]](repeating: [:], count: categoryCount)
        for place in places {
            let row = row(place)
            if case .error(let kind) = row.outcome {
                errorCounts[category(ofDetection: row.record)][kind, default: 0] += 1
            }
        }
        for assignment in assignments {
            for truth in assignment.missed { errorCounts[category(ofTruth: truth)][.missed, default: 0] += 1 }
        }
        let categories = (0..<categoryCount).map { k in
            let kept = byCategory[k].prefix { $0.score >= confidence }
            let hits = kept.count { $0.isTrue }
            return ErrorAnalysis.Category(
                categoryID: options.usesCategories ? records.categoryIDs[k] : nil,
                curve: ConfidenceCurve(
                    byCategory[k], groundTruths: positives[k], maximumPoints: analysis.maximumCurvePoints),
                groundTruthCount: positives[k], truePositives: hits, falsePositives: kept.count - hits,
                errorCounts: errorCounts[k])
        }

        let costs = errorCosts(positives: positives)
        let base = costs.averagePrecision
        let missed = errorCounts.map { $0[.missed] ?? 0 }
        let costOfKind = ErrorKind.allCases.map { kind in
            let count = errorCounts.reduce(0) { $0 + ($1[kind] ?? 0) }
            let mended = costs.averagePrecision(mending: kind, missed: missed)
            return (kind, ErrorCost(count: count, averagePrecisionCost: mended - base))
        }
        return ErrorAnalysis(
            options: analysis, operatingConfidence: confidence, overall: overall, categories: categories,
            averagePrecision: base, costs: Dictionary(uniqueKeysWithValues: costOfKind),
            falsePositiveCost: costs.averagePrecisionWithoutFalsePositives - base,
            falseNegativeCost: costs.averagePrecisionWithoutFalseNegatives - base,
            confusion: confusion(confidence: confidence), sizes: sizes(confidence: confidence),
            images: images(confidence: confidence), examples: examples())
    }

    private func row(_ place: Place) -> ImageAssignment.Row {
        assignments[Int(place.image)].rows[Int(place.row)]
    }

    private func category(ofDetection record: Int) -> Int {
        options.usesCategories ? Int(records.detectionCategories[record]) : 0
    }

    private func category(ofTruth record: Int) -> Int {
        options.usesCategories ? Int(records.groundTruthCategories[record]) : 0
    }

    private func groundTruthCounts() -> [Int] {
        var counts = [Int](repeating: 0, count: categoryCount)
        for (index, truth) in records.groundTruths.enumerated() where !truth.isCrowd {
            counts[category(ofTruth: index)] += 1
        }
        return counts
    }

    private func errorCosts(positives: [Int]) -> ErrorCosts {
        let entries = places.map { place in
            let row = row(place)
            var error: ErrorKind?
            if case .error(let kind) = row.outcome { error = kind }
            return ErrorCosts.Entry(
                score: records.detections[row.record].score, category: Int32(category(ofDetection: row.record)),
                error: error, truth: row.truth.map(Int32.init))
        }
        return ErrorCosts(
            entries: entries, positives: positives,
            unfound: Set(assignments.lazy.flatMap(\.unfound).map(Int32.init)),
            truthCategory: { category(ofTruth: Int($0)) })
    }

    private func confusion(confidence: Double) -> ConfusionMatrix {
        var matrix = ConfusionMatrix(
            categoryIDs: records.categoryIDs, confidence: confidence, iouThreshold: analysis.iouThreshold)
        for image in imageOrder {
            let truths = records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
            let detections = records.detectionStarts[image]..<records.detectionStarts[image + 1]
            matrix.add(
                truths: records.groundTruths[truths], truthCategories: records.groundTruthCategories[truths],
                detections: records.detections[detections],
                detectionCategories: records.detectionCategories[detections])
        }
        return matrix
    }

    private func sizes(confidence: Double) -> [ErrorAnalysis.Size] {
        var rules = MatchRules(options)
        rules.iouThresholds = [analysis.iouThreshold]
        rules.recallThresholds = CocoOptions.defaultRecallThresholds
        rules.detectionLimits = [analysis.detectionLimit]
        rules.zeroIDMatches = true
        let table = PrecisionTable(MatchTable(ClassPartition(records, rules: rules), rules: rules))

        return options.areaRanges.enumerated().map { index, range in
            var size = ErrorAnalysis.Size(range: range, groundTruthCount: 0, found: 0, falsePositives: 0)
            for truth in records.groundTruths where !truth.isCrowd && !rules.isOutside(truth.area, range: index) {
                size.groundTruthCount += 1
            }
            for place in places {
                let row = row(place)
                let detection = records.detections[row.record]
                if detection.score < confidence { break }
                if row.outcome == .truePositive, let truth = row.truth {
                    if !rules.isOutside(records.groundTruths[truth].area, range: index) { size.found += 1 }
                } else if !rules.isOutside(detection.box.area, range: index) {
                    size.falsePositives += 1
                }
            }
            let mean = table.meanPrecision(
                thresholds: 0..<1, categories: 0..<table.categoryCount, area: index, limit: 0)
            size.averagePrecision = mean < 0 ? nil : mean
            return size
        }
    }

    private func images(confidence: Double) -> [ImageErrors] {
        zip(imageOrder, assignments).map { image, assignment in
            let truths = records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1]
            var errors = ImageErrors(
                imageID: records.imageIDs[image], truePositives: 0, falsePositives: [:], falseNegatives: 0)
            for row in assignment.rows where records.detections[row.record].score >= confidence {
                switch row.outcome {
                case .truePositive: errors.truePositives += 1
                case .error(let kind): errors.falsePositives[kind, default: 0] += 1
                case .ignored: break
                }
            }
            errors.falseNegatives = truths.count { !records.groundTruths[$0].isCrowd } - errors.truePositives
            return errors
        }
    }

    private func examples() -> [ErrorKind: [ErrorExample]] {
        var examples = Dictionary(uniqueKeysWithValues: ErrorKind.allCases.map { ($0, [ErrorExample]()) })
        for place in places {
            let row = row(place)
            guard case .error(let kind) = row.outcome,
                (examples[kind]?.count ?? 0) < analysis.maximumExamples
            else { continue }
            examples[kind]?.append(
                ErrorExample(
                    imageID: records.imageIDs[imageOrder[Int(place.image)]], kind: kind,
                    detection: records.detections[row.record], groundTruth: row.truth.map { records.groundTruths[$0] },
                    iou: row.truth == nil ? nil : row.iou))
        }
        let missed = zip(imageOrder, assignments).flatMap { image, assignment in
            assignment.missed.map { (image: records.imageIDs[image], truth: records.groundTruths[$0]) }
        }
        let largest = missed.enumerated().sorted { a, b in
            a.element.truth.area != b.element.truth.area
                ? a.element.truth.area > b.element.truth.area : a.offset < b.offset
        }
        examples[.missed] = largest.prefix(analysis.maximumExamples).map {
            ErrorExample(imageID: $0.element.image, kind: .missed, groundTruth: $0.element.truth)
        }
        return examples
    }
}
