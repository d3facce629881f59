import NeedletailData

/// The Pascal VOC metrics as people and machines read them.
struct PascalVOCOutput: Encodable {
    struct Class: Encodable {
        var id: Int
        var name: String
        var averagePrecision: Double?
        var otherAveragePrecision: Double?
        var difference: Double?
        var annotations: Int
        var difficult: Int
        var detections: Int

        private enum CodingKeys: String, CodingKey {
            case id, name, difference, annotations, difficult, detections
            case averagePrecision = "AP"
            case otherAveragePrecision = "otherAP"
        }
    }

    var groundTruth: String
    var detections: String
    var other: String?
    var metric: String
    var iouThreshold: Double
    var mAP: Double?
    var otherMAP: Double?
    var difference: Double?
    var images: Int
    var classes: [Class]
    var warnings: [EvaluationDocument.Warning]

    init(_ metric: EvaluateCommand.Metric, input: EvaluationInput, other: EvaluationInput?, iouThreshold: Double) throws
    {
        let result = try input.pascalVOCEvaluator(iouThreshold: iouThreshold).metrics()
        let otherResult = try other?.pascalVOCEvaluator(iouThreshold: iouThreshold).metrics()
        func average(_ category: PascalVOCMetrics.Category) -> Double? {
            metric == .voc2007 ? category.averagePrecision2007 : category.averagePrecision2010
        }
        func mean(_ result: PascalVOCMetrics) -> Double? {
            metric == .voc2007 ? result.meanAveragePrecision2007 : result.meanAveragePrecision2010
        }
        func difference(_ first: Double?, _ second: Double?) -> Double? {
            if let first, let second { first - second } else { nil }
        }
        groundTruth = input.dataset.provenance.path
        detections = input.detectionsPath
        self.other = other?.detectionsPath
        self.metric = metric.rawValue
        self.iouThreshold = iouThreshold
        mAP = mean(result)
        otherMAP = otherResult.flatMap(mean)
        self.difference = difference(mAP, otherMAP)
        images = input.imageIDs.count
        let names = input.categoryNames
        classes = result.categories.enumerated().map { index, category in
            let other = otherResult.flatMap { average($0.categories[index]) }
            return Class(
                id: category.categoryID, name: names[category.categoryID] ?? "\(category.categoryID)",
                averagePrecision: average(category), otherAveragePrecision: other,
                difference: difference(average(category), other),
                annotations: category.groundTruthCount, difficult: category.difficultCount,
                detections: category.detectionCount)
        }
        warnings = (input.warnings + (other?.warnings ?? [])).map(EvaluationDocument.Warning.init)
    }

    var text: String {
        func number(_ value: Double?) -> String { value.map { Table.number($0) } ?? "-" }
        func signed(_ value: Double?) -> String { value.map { ($0 > 0 ? "+" : "") + Table.number($0) } ?? "-" }
        let compares = other != nil
        let head =
            ["class"] + (compares ? ["other AP"] : []) + ["AP"] + (compares ? ["difference"] : [])
            + ["boxes", "difficult", "detections"]
        let rows = classes.map {
            [$0.name] + (compares ? [number($0.otherAveragePrecision)] : []) + [number($0.averagePrecision)]
                + (compares ? [signed($0.difference)] : [])
                + ["\($0.annotations)", "\($0.difficult)", "\($0.detections)"]
        }
        let rule = metric == "voc2007" ? "2007, eleven recalls" : "2010, area under the curve"
        return "mAP \(number(mAP))\(compares ? ", other \(number(otherMAP)) (\(signed(difference)))" : "") "
            + "(Pascal VOC \(rule), IoU \(iouThreshold))\n\n" + Table.text([head] + rows)
    }
}
