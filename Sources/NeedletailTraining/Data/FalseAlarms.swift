import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

/// What a detector finds in images in which there is nothing for it.
package struct FalseAlarms: Sendable {
    package static let metric = Metric.Name(key: "falseAlarms", title: "false alarms/image")

    /// Nil where no image could be read.
    package var perImage: Double?
    /// Why images could not be used.
    package var failures: [String] = []
    package var seconds = 0.0

    /// Counts the detections from the scores at which the detector is used.
    ///
    /// - Parameters:
    ///   - group: The processes that share the images; all have the same results, but for the time.
    ///   - progress: Called after every image with the number done; returning false stops.
    /// - Returns: Nil when it was stopped.
    package static func measure(
        _ detector: DenseDetector, in dataset: Dataset, thresholds: ScoreThresholds, pool: ThreadPool,
        group: any ProcessGroup = SingleProcess(), progress: (Int) -> Bool
    ) throws -> FalseAlarms? {
        let start = ContinuousClock.now
        let records = (0..<dataset.images.count).map { row in
            (path: dataset.imagePath(ofImage: row), record: dataset.images[row])
        }
        let own = SharedStream<ImageOutcome>.own(of: records.count, group: group)
        let images = WorkStream(
            count: own.count, detector: detector, pool: pool,
            load: { index in
                Result {
                    let (path, record) = records[own[index]]
                    return try AnnotatedImage.load(path, width: record.width, height: record.height)
                }
            },
            detect: { loaded, _, detector, pool in
                loaded.map { image in
                    Result { try detector.detections(in: [image], originalSizes: nil, pool: pool)[0] }
                }
            })
        let outcomes = SharedStream(count: records.count, group: group, form: ImageOutcome.form) {
            switch images.next() {
            case .success(let found):
                ImageOutcome(count: try found.get().count { $0.score >= thresholds[$0.categoryName] })
            case .failure(let error): ImageOutcome(failure: "\(error)")
            case nil: ImageOutcome()
            }
        }
        var alarms = FalseAlarms()
        var count = 0, read = 0, done = 0
        while let outcome = try outcomes.next() {
            if let failure = outcome.failure {
                alarms.failures.append(failure)
            } else {
                count += outcome.count
                read += 1
            }
            done += 1
            if !progress(done) { outcomes.stop() }
        }
        guard try outcomes.finish() else {
            images.cancel()
            return nil
        }
        if read > 0 { alarms.perImage = Double(count) / Double(read) }
        alarms.seconds = start.duration(to: .now).seconds
        return alarms
    }
}

/// What came of an image.
private struct ImageOutcome: Sendable {
    var count = 0
    /// Why it could not be read.
    var failure: String?

    static let form = SharedStream<ImageOutcome>.Form(
        write: { outcome, message in
            message.append(outcome.count)
            message.append(outcome.failure.map { [$0] } ?? []) { $0.append($1) }
        },
        read: { ImageOutcome(count: $0.nextInt(), failure: $0.nextArray { $0.nextString() }.first) })
}
