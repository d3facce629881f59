import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailSystem

/// Detections sorted by the image they belong to, those left out that no metric is defined for.
struct CheckedDetections {
    private(set) var detections: [Detection] = []
    /// Image `i` owns the detections `starts[i] ..< starts[i + 1]`, in the order of the file.
    private(set) var starts: [Int]
    private(set) var scores: ClosedRange<Double>?

    private static let leftOut: Int32 = -1

    init(
        _ results: COCOResults, dataset: Dataset, path: String, judge: inout RecordJudge
    ) throws(AnnotationError) {
        if let first = results.refusals.first {
            try judge.refuse(.malformedDetection, count: results.refusalCount) { first }
        }
        Self.noteForeignCategories(of: results, dataset: dataset, path: path, judge: &judge)
        let owners = try Self.owners(of: results, dataset: dataset, path: path, judge: &judge)
        starts = Array(repeating: 0, count: dataset.images.count + 1)
        for owner in owners where owner != Self.leftOut { starts[Int(owner) + 1] += 1 }
        for image in 0..<dataset.images.count { starts[image + 1] += starts[image] }

        // The file's order decides between equal scores, so the sort by image must keep it.
        var order = [Int32](repeating: 0, count: starts[dataset.images.count])
        var next = starts
        for (row, owner) in owners.enumerated() where owner != Self.leftOut {
            order[next[Int(owner)]] = Int32(row)
            next[Int(owner)] += 1
        }
        detections.reserveCapacity(order.count)
        var lowest = Double.infinity
        var highest = -Double.infinity
        for row in order {
            let detection = results[Int(row)].detection
            lowest = min(lowest, detection.score)
            highest = max(highest, detection.score)
            detections.append(detection)
        }
        guard !detections.isEmpty else {
            try judge.refuse(.noDetections) {
                AnnotationError(
                    .schema, file: path,
                    problem: "there are no detections\(results.isEmpty ? "" : " that can be used")",
                    remedy:
                        "Is this the file meant? A detector that finds nothing scores 0; \(setting: .leniency) reports that"
                )
            }
            return
        }
        scores = lowest...highest
        noteBoxFormat(dataset: dataset, path: path, judge: &judge)
        // An image with as many detections as are counted may have lost the others for their number.
        let limit = COCOOptions().detectionLimits.last ?? 0
        let isCut = dataset.images.indices.contains { starts[$0 + 1] - starts[$0] < limit }
        if lowest >= 0.15, highest > lowest, highest <= 1, isCut {
            let text = formatFixed(lowest, digits: 3)
            judge.note(.scoreCutOff) {
                AnnotationError(
                    .schema, file: path,
                    problem: "no detection has a score below \(text), as if the others had been cut off",
                    remedy: """
                        AP is measured over all scores: detect again with a minimum score near 0, or read the numbers \
                        as too low
                        """)
            }
        }
    }

    /// A class that a dataset does not have is no mistake in detections that name their classes.
    private static func noteForeignCategories(
        of results: COCOResults, dataset: Dataset, path: String, judge: inout RecordJudge
    ) {
        let foreign = results.foreignCategories.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !foreign.isEmpty else { return }
        judge.note(.foreignCategory, count: foreign.reduce(0) { $0 + $1.value }) {
            AnnotationError(
                .unknownReference, file: path,
                problem: "\(dataset.provenance.path) has no category of these names: "
                    + foreign.prefix(8).map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
                    + (foreign.count > 8 ? " and \(foreign.count - 8) more" : ""),
                remedy:
                    "If they are called otherwise there (\(list(dataset.categories))), rename them with \(verb: .remap)"
            )
        }
    }

    private static func owners(
        of results: COCOResults, dataset: Dataset, path: String, judge: inout RecordJudge
    ) throws(AnnotationError) -> [Int32] {
        var images = ImageLookup(dataset.images)
        let categories = Set(dataset.categories.map(\.number))
        var lastCategory: Int?
        var owners: [Int32] = []
        owners.reserveCapacity(results.count)
        for row in 0..<results.count {
            let entry = results[row]
            let detection = entry.detection
            let box = detection.box
            func error(_ kind: AnnotationError.Kind, _ problem: String, _ remedy: Remedy) -> AnnotationError {
                AnnotationError(
                    kind, file: path, record: "[\(results.fileIndex(ofRow: row))] (image \(entry.imageID))",
                    problem: problem, remedy: remedy)
            }
            var owner = leftOut
            if let (image, isLoose) = images.row(of: entry.imageID) {
                owner = Int32(image)
                if isLoose {
                    judge.note(.looseReference) {
                        error(
                            .unknownReference, "image_id is a text here and a number in the dataset, or the reverse",
                            "Write it as the dataset does")
                    }
                }
            } else {
                try judge.refuse(.unknownImage) {
                    error(
                        .unknownReference, "\(dataset.provenance.path) has no image \(entry.imageID)",
                        """
                        Give the detections of this dataset and split, or leave such detections out with \
                        \(setting: .leniency)
                        """)
                }
            }
            if detection.categoryID != lastCategory {
                if categories.contains(detection.categoryID) {
                    lastCategory = detection.categoryID
                } else {
                    owner = leftOut
                    try judge.refuse(.unknownCategory) {
                        error(
                            .unknownReference,
                            "\(dataset.provenance.path) has no category \(detection.categoryID)",
                            """
                            Its categories are \(list(dataset.categories)). Classes counted from 0 must be written as \
                            these ids
                            """)
                    }
                }
            }
            if !(box.x + box.y + box.width + box.height).isFinite, !box.isFinite {
                owner = leftOut
                try judge.refuse(.nonFiniteBox) {
                    error(.schema, "the box \(box.text) is not finite", "Remove the detection")
                }
            } else if box.width < 0 || box.height < 0 {
                owner = leftOut
                try judge.refuse(.negativeSize) {
                    error(
                        .schema, "the box \(box.text) has a negative side",
                        "Write boxes as [left, top, width, height], not as two corners")
                }
            }
            if !detection.score.isFinite {
                owner = leftOut
                try judge.refuse(.nonFiniteScore) {
                    error(.schema, "the score \(detection.score) is not finite", "Remove the detection")
                }
            }
            owners.append(owner)
        }
        return owners
    }

    /// Boxes written in another format are valid boxes, only wrong ones: their shape gives them away.
    private func noteBoxFormat(dataset: Dataset, path: String, judge: inout RecordJudge) {
        var measured = 0
        var beyond = 0
        var corners = 0
        var fractions = 0
        for image in 0..<dataset.images.count where starts[image] < starts[image + 1] {
            let record = dataset.images[image]
            guard record.hasSize else { continue }
            let (width, height) = (Double(record.width) + 2, Double(record.height) + 2)
            for detection in detections[starts[image]..<starts[image + 1]] {
                let box = detection.box
                measured += 1
                if box.x2 > width || box.y2 > height { beyond += 1 }
                if box.width <= width, box.height <= height, box.width > box.x, box.height > box.y { corners += 1 }
                if box.x2 <= 1.5, box.y2 <= 1.5 { fractions += 1 }
            }
        }
        guard measured >= 10 else { return }
        let problem: String
        if fractions == measured {
            problem = "all boxes lie within the first pixel, as if coordinates were shares of the image's sides"
        } else if beyond * 4 > measured, corners * 100 >= measured * 99 {
            problem = "boxes reach far beyond their images, but would fit as two corners"
        } else {
            return
        }
        judge.note(.boxFormat) {
            AnnotationError(
                .schema, file: path, problem: problem,
                remedy: "Write bbox as [left, top, width, height] in pixels; as they stand the numbers mean nothing")
        }
    }

    private static func list(_ categories: [Category]) -> String {
        categories.map { "\($0.id) \($0.name)" }.listed(12)
    }
}

extension Box {
    fileprivate var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }
}
