import NeedletailDatasets
import NeedletailEvaluation
import NeedletailGeometry
import NeedletailSystem

/// A dataset's annotations, those left out that no metric is defined for.
struct CheckedGroundTruths {
    private(set) var byImage: [[GroundTruth]]
    /// Images whose id an earlier image has: their annotations and detections belong to that one.
    private(set) var isRepeatedImage: [Bool]

    init(_ dataset: Dataset, judge: inout RecordJudge) throws(AnnotationError) {
        byImage = []
        byImage.reserveCapacity(dataset.images.count)
        isRepeatedImage = Array(repeating: false, count: dataset.images.count)
        guard !dataset.images.isEmpty, !dataset.categories.isEmpty else {
            let list = dataset.images.isEmpty ? "images" : "categories"
            throw AnnotationError(
                .schema, file: dataset.provenance.path, problem: "there are no \(list) in this dataset",
                remedy: "Give the annotations as COCO JSON with images, annotations and categories")
        }
        let skipped = try Self.judgeIssues(of: dataset, judge: &judge, isRepeatedImage: &isRepeatedImage)
        var annotations = 0
        for image in 0..<dataset.images.count {
            var truths: [GroundTruth] = []
            for row in dataset.annotations(ofImage: image) where !skipped.withoutBox.contains(row) {
                let annotation = dataset.annotations[row]
                let box = annotation.box
                if box.width < 0 || box.height < 0 || annotation.resolvedArea < 0 {
                    let isBox = box.width < 0 || box.height < 0
                    try judge.refuse(isBox ? .negativeSize : .negativeArea) {
                        AnnotationError(
                            .schema, file: dataset.provenance.path,
                            record: "annotations[\(row)]\(annotation.id.map { " (id \($0))" } ?? "")",
                            problem: isBox
                                ? "the box \(box.text) has a negative side"
                                : "the area \(annotation.resolvedArea) is negative",
                            remedy: isBox
                                ? "Write it as [left, top, width, height]" : "Correct the area or leave it out")
                    }
                    continue
                }
                let id = skipped.repeated.contains(row) ? nil : annotation.id?.integer
                truths.append(
                    GroundTruth(
                        id: id ?? -1 - row, box: box, categoryID: dataset.categories[annotation.category].number,
                        area: annotation.resolvedArea, isCrowd: annotation.isCrowd,
                        isDifficult: annotation.isDifficult))
            }
            annotations += truths.count
            byImage.append(truths)
        }
        if annotations == 0 {
            try judge.refuse(.noAnnotations) {
                AnnotationError(
                    .schema, file: dataset.provenance.path, problem: "there are no annotations to measure against",
                    remedy: "Give the annotations of the images that were detected in; test sets often come without")
            }
        }
    }

    private static func judgeIssues(
        of dataset: Dataset, judge: inout RecordJudge, isRepeatedImage: inout [Bool]
    ) throws(AnnotationError) -> (withoutBox: Set<Int>, repeated: Set<Int>) {
        let kinds: [DatasetIssue.Kind: (warning: RecordWarning.Kind, remedy: Remedy)] = [
            .missingBox: (.missingBox, "Give every annotation a bbox, or remove it"),
            .nonFiniteBox: (.nonFiniteBox, "Correct the box or remove the annotation"),
            .duplicateAnnotationID: (.duplicateAnnotation, "Give every annotation an id of its own"),
            .duplicateImageID: (.duplicateImage, "Give every image an id of its own"),
            .duplicateCategoryID: (.duplicateCategory, "Give every category an id of its own"),
            .looseReference: (.looseReference, ""),
            .nonFiniteNumber: (.nonFiniteNumber, ""),
            .everyAnnotationIsCrowd: (
                .everyAnnotationIsCrowd, "Set iscrowd to 0 where single objects are meant; crowds need not be found"
            ),
        ]
        var withoutBox: Set<Int> = []
        var repeated: Set<Int> = []
        guard !dataset.issueCounts.keys.allSatisfy({ kinds[$0] == nil }) else { return (withoutBox, repeated) }
        for issue in dataset.issues {
            guard let (warning, remedy) = kinds[issue.kind] else { continue }
            func reason() -> AnnotationError {
                let place = issue.imageFileName.map { issue.annotation == nil ? "" : " of \($0)" } ?? ""
                return AnnotationError(
                    .schema, file: issue.file, record: issue.record + place, problem: issue.kind.problem,
                    remedy: remedy)
            }
            switch issue.kind {
            case .looseReference, .nonFiniteNumber, .everyAnnotationIsCrowd: judge.note(warning, reason)
            default: try judge.refuse(warning, reason)
            }
            switch (issue.kind, issue.annotation, issue.image) {
            case (.missingBox, let row?, _), (.nonFiniteBox, let row?, _): withoutBox.insert(row)
            case (.duplicateAnnotationID, let row?, _): repeated.insert(row)
            case (.duplicateImageID, _, let image?): isRepeatedImage[image] = true
            default: break
            }
        }
        return (withoutBox, repeated)
    }
}

extension Box {
    var text: String { "[\(x), \(y), \(width), \(height)]" }
}
