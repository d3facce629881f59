import Needletail
import NeedletailKernels

/// The share of pictures whose class is named rightly, with running statistics.
struct AccuracyValidation: Validation {
    static let metrics = [Metric.Name(key: "accuracy", title: "accuracy")]

    let pictures: PictureStream

    func scores(of model: Classifier, pool: ThreadPool, progress: (Int, Int) -> Bool) throws -> ValidationScores? {
        let start = ContinuousClock.now
        let batches = pictures.batches(epoch: 0, from: 0)
        defer { batches.cancel() }
        var right = 0, done = 0
        while let batch = batches.next()?.batch {
            let plan = try model.inferencePlan(
                for: TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3), pool: pool)
            _ = plan.input.update(fromContentsOf: batch.pixels)
            plan.forward()
            let size = Image.Size(width: batch.width, height: batch.height)
            let predictions = model.predictions(
                of: plan, placements: batch.targets.map { _ in ImagePlacement(original: size, resized: size) },
                pool: pool)
            right += zip(predictions, batch.targets).count { $0.classIndex == $1 }
            done += batch.count
            guard progress(done, pictures.imageCount) else { return nil }
        }
        return ValidationScores(
            values: [Double(right) / Double(pictures.imageCount)], seconds: start.duration(to: .now).seconds)
    }
}
