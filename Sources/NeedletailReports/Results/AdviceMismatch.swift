import NeedletailEvaluation
import NeedletailGeometry

/// Classes that are consistently detected as others: ids that mean something else in the two files.
struct ClassMapping {
    /// What is annotated, and as what it is detected, where these differ.
    let pairs: [(truth: Int, detected: Int)]

    /// Pairs of boxes that are too few to conclude anything.
    private static let leastPairs = 10

    /// - Returns: Nil where classes are not consistently taken for others.
    init?(_ evaluation: DetectionEvaluation) {
        let input = evaluation.input
        // As many detections as there are objects: the most confident ones.
        let scores = input.imageIDs.indices.flatMap { input.detections(ofImage: $0).map(\.score) }.sorted(by: >)
        guard let last = scores.prefix(max(input.annotationCount, 1)).last,
            let matrix = try? evaluation.evaluator.errorAnalysis(
                ErrorAnalysisOptions(
                    detectionLimit: evaluation.analysis?.options.detectionLimit ?? 100,
                    operatingPoint: .confidence(last),
                    maximumCurvePoints: 2, maximumExamples: 0)
            ).confusion, matrix.background > 1
        else { return nil }
        var columns: [Int: Int] = [:]
        var (explained, right, total) = (0, 0, 0)
        for truth in 0..<matrix.background {
            let counts = (0..<matrix.background).map { matrix[truth: truth, detected: $0] }
            total += counts.reduce(0, +)
            right += counts[truth]
            guard let most = counts.max(), most > 0, let column = counts.firstIndex(of: most) else { continue }
            columns[truth] = column
            explained += most
        }
        let isOneToOne = Set(columns.values).count == columns.count
        guard total >= Self.leastPairs, isOneToOne, 10 * explained >= 7 * total, 4 * right < explained else {
            return nil
        }
        pairs = columns.sorted { $0.key < $1.key }.filter { $0.key != $0.value }
            .map { (matrix.categoryIDs[$0.key], matrix.categoryIDs[$0.value]) }
    }
}

/// Images whose detections are those of the image before or after.
enum ImageShift {
    private static let mostImages = 200

    /// -1 where the detections of an image fit the image before it, 1 for the one after; nil where neither fits.
    static func find(_ input: EvaluationInput) -> Int? {
        let rows = Array(input.imageIDs.indices.prefix(mostImages))
        let scores = rows.flatMap { input.detections(ofImage: $0).map(\.score) }.sorted(by: >)
        let objects = rows.reduce(0) { $0 + input.groundTruths(ofImage: $1).count }
        guard objects >= 10, let least = scores.prefix(objects).last else { return nil }
        func found(_ shift: Int) -> Int {
            rows.reduce(0) { sum, row in
                guard input.imageIDs.indices.contains(row + shift) else { return sum }
                let detections = input.detections(ofImage: row).filter { $0.score >= least }
                return sum
                    + input.groundTruths(ofImage: row + shift).count { truth in
                        detections.contains { $0.box.corners.intersectionOverUnion(with: truth.box.corners) >= 0.5 }
                    }
            }
        }
        guard 10 * found(0) < objects else { return nil }
        return [-1, 1].first { 2 * found($0) > objects }
    }
}
