import NeedletailGeometry

/// The assignments of all images, in flat columns.
struct AssignmentTable {
    /// Positions of the images by ascending id.
    let imageOrder: [Int]
    /// The `i`-th image in that order owns the rows `starts[i] ..< starts[i + 1]`.
    let starts: [Int]
    let rows: [ImageAssignment.Row]
    /// By index in the evaluation's ground truths.
    let isMissed: [Bool]

    init(_ records: EvaluationRecords, usesCategories: Bool, options: ErrorAnalysisOptions) {
        let imageOrder = records.imageOrder
        let starts = imageOrder.reduce(into: [0]) { starts, image in
            let count = records.detectionStarts[image + 1] - records.detectionStarts[image]
            starts.append(starts[starts.count - 1] + count)
        }
        var isMissed = [Bool](repeating: false, count: records.groundTruths.count)
        rows = isMissed.withUnsafeMutableBufferPointer { isMissed in
            let isMissed = isMissed
            return [ImageAssignment.Row](unsafeUninitializedCapacity: records.detections.count) { rows, initialized in
                let rows = rows
                concurrentLoop(runs: imageOrder.count) { images in
                    var assignment = ImageAssignment(records, usesCategories: usesCategories, options: options)
                    for i in images {
                        assignment.assign(image: imageOrder[i])
                        for (offset, row) in assignment.rows.enumerated() {
                            rows.initializeElement(at: starts[i] + offset, to: row)
                        }
                        for truth in assignment.missed { isMissed[truth] = true }
                    }
                }
                initialized = records.detections.count
            }
        }
        self.imageOrder = imageOrder
        self.starts = starts
        self.isMissed = isMissed
    }
}
