import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// FCOS's outputs, matches, losses, gradients, steps and detections against torchvision's (`Tests/References/fcos.py`).
@Suite(.serialized) struct FCOSReferenceTests {
    private let pool = ThreadPool(threadCount: 2)

    private static func detector(_ fixture: Fixture) -> DenseDetector {
        let count = fixture["classes"].int
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: FCOS(backbone: .resnet18, classCount: count),
                transform: InputTransform(minimumSize: fixture["min_size"].int),
                postProcessing: FCOS.postProcessing,
                categories: (0..<count).map { .init(id: $0, name: "\($0)", classIndex: $0) }))
        for parameter in detector.parameters.parameters {
            let values = Formula.parameter(
                parameter.name, shape: parameter.shape, classificationBias: fixture["classification_bias"].float)
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
        return detector
    }

    private static func batch(_ fixture: Fixture, secondIsEmpty: Bool = false) -> TrainingBatch<DetectionTarget> {
        let images = RetinaNetReferenceTests.images(fixture)
        return TrainingBatch(
            samples: images.enumerated().map { index, image in
                let isEmpty = secondIsEmpty && index == 1
                return .init(
                    image: image,
                    boxes: isEmpty ? [] : fixture["boxes"][index].elements.map { Corners($0.floats) },
                    classIndices: isEmpty ? [] : fixture["labels"][index].ints, flippedHorizontally: false)
            }, transform: InputTransform(minimumSize: fixture["min_size"].int))
    }

    /// Those of torchvision's `fcos_resnet50_fpn` for COCO.
    @Test func names() throws {
        let fixture = try Fixture("fcos-resnet18", in: .module)
        let network = FCOS(backbone: .resnet50, classCount: 91).makeNetwork(seed: 0)
        #expect(Summary.names(of: network.parameters) == fixture["resnet50_names"]["hash"].string)
    }

    @Test func outputs() throws {
        let fixture = try Fixture("fcos-resnet18", in: .module)
        let expected = fixture["inference"]["outputs"]
        let detector = Self.detector(fixture)
        let batch = Self.batch(fixture)
        let plan = try detector.inferencePlan(
            for: TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3), pool: pool)
        _ = plan.input.update(fromContentsOf: batch.pixels)
        plan.forward()
        let outputs = DenseOutputs(plan, levels: detector.network.levels)
        let kinds: [(DenseNetwork.Prediction, String)] = [
            (.classification, "cls_logits"), (.regression, "bbox_regression"), (.centerness, "bbox_ctrness"),
        ]
        for (kind, key) in kinds {
            for level in 0..<5 {
                let error = Summary.error(outputs.values(kind, level: level), expected[key][level])
                #expect(error.norm < 1e-4 && error.samples < 1e-4, "\(key) \(level): \(error)")
            }
        }
    }

    @Test func detections() throws {
        let fixture = try Fixture("fcos-resnet18", in: .module)
        let all = try Self.detector(fixture).detections(in: RetinaNetReferenceTests.images(fixture), pool: pool)
        for (found, expected) in zip(all, fixture["inference"]["detections"].elements) {
            #expect(found.count == expected["count"].int)
            #expect(found.map(\.categoryID) == expected["labels"].ints)
            #expect(relativeError(found.map { Float($0.score) }, expected["scores"].floats) < 2e-5)
            for (detection, box) in zip(found, expected["boxes"].elements) {
                #expect(zip(detection.box.corners.array, box.floats).allSatisfy { abs($0 - $1) < 1e-2 })
            }
        }
    }

    private static let keys = ["classification", "bbox_regression", "bbox_ctrness"]

    @Test func trainingStep() throws {
        let fixture = try Fixture("fcos-resnet18", in: .module)
        let expected = fixture["training"]
        let detector = Self.detector(fixture)
        let trained = detector.trainedParameters(backboneStages: 3)
        let step = try TrainingStep(detector, parameters: trained, pool: pool)
        let losses = try step.add(Self.batch(fixture))
        #expect(detector.lossTerms == ["classification", "box", "centerness"])
        for (term, key) in zip(losses.terms, Self.keys) {
            #expect(relativeError([term], [expected["losses"][key].float]) < 1e-5, "\(key)")
        }
        #expect(relativeError([step.gradients.norm(pool: pool)], [expected["gradient_norm"].float]) < 1e-3)
        #expect(!expected["gradients"].keys.isEmpty)
        for name in expected["gradients"].keys {
            let parameter = try #require(detector.parameters[name])
            let index = try #require(trained.firstIndex { $0 === parameter })
            let error = Summary.error(step.gradients[index], expected["gradients"][name])
            // By how much the reference's own single precision differs.
            let allowed = max(2e-4, 5 * expected["float32_error"]["gradients"][name].float)
            #expect(error.norm < allowed && error.samples < 10 * allowed, "\(name): \(error)")
        }
    }

    /// An image without objects teaches background only.
    @Test func imageWithoutObjects() throws {
        let fixture = try Fixture("fcos-resnet18", in: .module)
        let expected = fixture["training_second_image_empty"]
        let detector = Self.detector(fixture)
        let step = try TrainingStep(
            detector, parameters: detector.trainedParameters(backboneStages: 3), pool: pool)
        let losses = try step.add(Self.batch(fixture, secondIsEmpty: true))
        for (term, key) in zip(losses.terms, Self.keys) {
            #expect(relativeError([term], [expected["losses"][key].float]) < 1e-5, "\(key)")
        }
        #expect(relativeError([step.gradients.norm(pool: pool)], [expected["gradient_norm"].float]) < 1e-3)
    }

    @Test func optimizerSteps() throws {
        let fixture = try Fixture("fcos-resnet18", in: .module)
        let expected = fixture["steps"]
        let detector = Self.detector(fixture), start = Self.detector(fixture)
        let trained = detector.trainedParameters(backboneStages: 3)
        let step = try TrainingStep(
            detector, parameters: trained,
            optimizer: Optimizer(
                OptimizerConfiguration(
                    method: SGD(momentum: expected["momentum"].double), weightDecay: expected["weight_decay"].double),
                parameters: trained), pool: pool)
        let batch = Self.batch(fixture)
        for number in 0..<expected["count"].int {
            step.begin()
            let losses = try step.add(batch)
            #expect(relativeError(losses.terms, expected["losses"][number].floats) < 2e-3, "step \(number)")
            try step.take(learningRate: expected["lr"].float)
        }
        for name in expected["changes"].keys {
            let before = try #require(start.parameters[name]).values
            let change = zip(try #require(detector.parameters[name]).values, before).map { $0 - $1 }
            let allowed = max(1e-2, 5 * expected["float32_error"]["changes"][name].float)
            #expect(Summary.error(change, expected["changes"][name]).norm < allowed, "\(name)")
        }
    }

    /// 300 images of 320x256 pixels with objects by formula.
    @Test func matches() throws {
        let anchors = AnchorGenerator(sizes: (0..<5).map { [Float(8 << $0)] }, aspectRatios: [1]).anchors(
            featureSizes: (0..<5).map { (256 / (8 << $0), (320 + (8 << $0) - 1) / (8 << $0)) }, inputHeight: 256,
            inputWidth: 320)
        let lines = try Fixture("center-sampling", in: .module)["cases"].elements.map(\.string)
        #expect(lines.count == 300)
        for (number, line) in lines.enumerated() {
            let objects = Formula.boxes(
                "fcos\(number)", count: 1 + number % 9, width: 280, height: 220, low: 4,
                high: Float(60 + number % 7 * 40)
            ).map { Corners($0) }
            #expect(Summary.line(CenterSampling().matches(anchors: anchors, objects: objects)) == line, "\(number)")
        }
    }
}
