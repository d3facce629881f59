import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime

/// The loss of a detector on images that it is not trained on, from the plans that detect in them: it costs no pass of the
/// network, and changes nothing.
struct DetectionLoss {
    private let detector: DenseDetector
    /// By image; those without boxes to learn have none, as in training.
    private var objects: [Int: (boxes: [Corners], classIndices: [Int])] = [:]
    private var sums: [Double]
    private var count = 0

    init(of detector: DenseDetector, on dataset: Dataset, map: CategoryMap) {
        self.detector = detector
        sums = detector.lossTerms.map { _ in 0 }
        let view = dataset.trainingView()
        for (position, row) in view.images.enumerated() {
            let known = view.objects(at: position).compactMap { object in
                map.detectorCategories[object.category].map { (box: object.box.corners, classIndex: $0.classIndex) }
            }
            if !known.isEmpty { objects[row] = (known.map(\.box), known.map(\.classIndex)) }
        }
    }

    /// Adds an image, when the plan has computed what the network says of it.
    mutating func add(_ plan: Plan, row: Int, image: Image, pool: ThreadPool) {
        guard let objects = objects[row] else { return }
        let target = detector.inputTransform.target(
            boxes: objects.boxes, classIndices: objects.classIndices, width: image.width, height: image.height,
            flippedHorizontally: false)
        let losses = detector.loss(
            of: plan, targets: [target], inputHeight: plan.inputShape.height, inputWidth: plan.inputShape.width,
            pool: pool)
        guard losses.total.isFinite else { return }
        for (index, term) in losses.terms.enumerated() { sums[index] += Double(term) }
        count += 1
    }

    /// Of each term.
    var means: [Double] { count > 0 ? sums.map { $0 / Double(count) } : [] }
}
