import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime

/// The loss of a detector on images that it is not trained on, from the plans that detect in them: it costs no pass of the
/// network, and changes nothing.
struct DetectionLoss {
    /// By image, what training would have the detector say; images without boxes to learn have nothing, as in training.
    struct Objects: Sendable {
        fileprivate var byImage: [Int: (boxes: [Corners], classIndices: [Int])] = [:]

        init(of dataset: Dataset, map: CategoryMap) {
            let view = dataset.trainingView()
            for (position, row) in view.images.enumerated() {
                let known = view.objects(at: position).compactMap { object in
                    map.detectorCategories[object.category].map { (box: object.box.corners, classIndex: $0.classIndex) }
                }
                if !known.isEmpty { byImage[row] = (known.map(\.box), known.map(\.classIndex)) }
            }
        }

        /// The terms of the loss of an image, when the plan has computed what the network says of it; nil where there are
        /// none, or they are not finite.
        func loss(
            of detector: DenseDetector, _ plan: Plan, row: Int, image: Image, pool: ThreadPool
        ) -> [Float]? {
            guard let objects = byImage[row] else { return nil }
            let target = detector.inputTransform.target(
                boxes: objects.boxes, classIndices: objects.classIndices, width: image.width, height: image.height,
                flippedHorizontally: false)
            let losses = detector.loss(
                of: plan, targets: [target], inputHeight: plan.inputShape.height, inputWidth: plan.inputShape.width,
                pool: pool)
            return losses.total.isFinite ? losses.terms : nil
        }
    }

    private var sums: [Double] = []
    private var count = 0

    /// Adds an image.
    mutating func add(_ terms: [Float]?) {
        guard let terms else { return }
        if sums.isEmpty { sums = terms.map { _ in 0 } }
        for (index, term) in terms.enumerated() { sums[index] += Double(term) }
        count += 1
    }

    /// Of each term.
    var means: [Double] { sums.map { $0 / Double(count) } }
}
