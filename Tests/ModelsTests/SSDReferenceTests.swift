import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// SSD's outputs, boxes, matches, losses, gradients, steps and detections against torchvision's (`Tests/References/ssd.py`).
@Suite(.serialized) struct SSDReferenceTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var fixture: String
        var variant: SSD.Variant
        var backbone: AnyBackboneArchitecture
        var testDescription: String { fixture }
    }

    static let ssd300 = Case(
        fixture: "ssd300-vgg16", variant: .ssd300, backbone: AnyBackboneArchitecture(VGG.vgg16))
    static let ssd512 = Case(
        fixture: "ssd512-vgg16", variant: .ssd512, backbone: AnyBackboneArchitecture(VGG.vgg16))
    static let lite = Case(
        fixture: "ssdlite320-mobilenet-v3-large", variant: .ssdlite320,
        backbone: AnyBackboneArchitecture(MobileNetV3.large))

    private let pool = ThreadPool(threadCount: 2)

    private static func detector(
        _ item: Case, fixture: Fixture, normalization: BatchNormalization.Kind = .trained
    ) -> DenseDetector {
        let network = SSD(
            item.variant, backbone: item.backbone, classCount: fixture["classes"].int, normalization: normalization,
            hasReducedTail: true)
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: network, transform: network.inputTransform, postProcessing: network.postProcessing,
                categories: (1..<fixture["classes"].int).map { .init(id: $0, name: "\($0)", classIndex: $0) }))
        for parameter in detector.parameters.parameters {
            let isSharp = parameter.name.contains("classification_head") && parameter.shape.count > 1
            let factor = isSharp ? fixture["sharpness"].float : 1
            let values = Formula.parameter(parameter.name, shape: parameter.shape).map { $0 * factor }
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
        return detector
    }

    private static func batch(
        _ fixture: Fixture, transform: InputTransform, secondIsEmpty: Bool = false
    ) -> TrainingBatch<DetectionTarget> {
        let images = RetinaNetReferenceTests.images(fixture)
        return TrainingBatch(
            samples: images.enumerated().map { index, image in
                let isEmpty = secondIsEmpty && index == 1
                return .init(
                    image: image,
                    boxes: isEmpty ? [] : fixture["boxes"][index].elements.map { Corners($0.floats) },
                    classIndices: isEmpty ? [] : fixture["labels"][index].ints, flippedHorizontally: false)
            }, transform: transform)
    }

    @Test(arguments: [ssd300, ssd512, lite]) func outputs(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let expected = fixture["inference"]
        let detector = Self.detector(item, fixture: fixture)
        #expect(detector.parameters.weightCount == expected["parameters"].int)
        #expect(Summary.names(of: detector.parameters) == expected["names"]["hash"].string)
        let batch = Self.batch(fixture, transform: detector.inputTransform)
        let plan = try detector.inferencePlan(
            for: TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3), pool: pool)
        _ = plan.input.update(fromContentsOf: batch.pixels)
        plan.forward()
        let outputs = DenseOutputs(plan, levels: detector.network.levels)
        let boxes = item.variant.boxes.boxes(
            featureSizes: outputs.mapSizes, inputHeight: batch.height, inputWidth: batch.width)
        #expect(boxes.map(\.count) == expected["box_counts"].ints)
        let numbers = boxes.joined().flatMap(\.array)
        #expect(Formula.sampleIndices(total: numbers.count).map { numbers[$0] } == expected["boxes"]["samples"].floats)
        #expect(Summary.error(numbers, expected["boxes"]).norm < 1e-6)
        for (kind, key) in [(DenseNetwork.Prediction.classification, "cls_logits"), (.regression, "bbox_regression")] {
            for level in boxes.indices {
                let error = Summary.error(outputs.values(kind, level: level), expected["outputs"][key][level])
                #expect(error.norm < 1e-4 && error.samples < 1e-4, "\(key) \(level): \(error)")
            }
        }
    }

    @Test(arguments: [ssd300, ssd512, lite]) func detections(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let detector = Self.detector(item, fixture: fixture)
        detector.configuration.postProcessing.detectionsPerImage = fixture["kept"].int
        let all = try detector.detections(in: RetinaNetReferenceTests.images(fixture), pool: pool)
        for (found, expected) in zip(all, fixture["inference"]["detections"].elements) {
            #expect(found.count == expected["count"].int)
            #expect(found.map(\.categoryID) == expected["labels"].ints)
            #expect(relativeError(found.map { Float($0.score) }, expected["scores"].floats) < 2e-5)
            for (detection, box) in zip(found, expected["boxes"].elements) {
                #expect(zip(detection.box.corners.array, box.floats).allSatisfy { abs($0 - $1) < 1e-2 })
            }
        }
    }

    @Test(arguments: [ssd300, lite]) func trainingStep(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let expected = fixture["training"]
        let detector = Self.detector(item, fixture: fixture)
        let trained = detector.trainedParameters(backboneStages: 5)
        let step = try TrainingStep(detector, parameters: trained, pool: pool)
        let losses = try step.add(Self.batch(fixture, transform: detector.inputTransform))
        #expect(detector.lossTerms == ["classification", "box"])
        // Statistics of few pixels, fifty times over: torch in single precision is as far from double.
        let allowed = max(1e-5, 2 * expected["float32_error"]["losses"].float)
        #expect(relativeError([losses.terms[0]], [expected["losses"]["classification"].float]) < allowed)
        #expect(relativeError([losses.terms[1]], [expected["losses"]["bbox_regression"].float]) < allowed)
        let allowedNorm = max(1e-3, 5 * expected["float32_error"]["gradient_norm"].float)
        #expect(relativeError([step.gradients.norm(pool: pool)], [expected["gradient_norm"].float]) < allowedNorm)
        #expect(!expected["gradients"].keys.isEmpty)
        for name in expected["gradients"].keys {
            let parameter = try #require(detector.parameters[name])
            let index = try #require(trained.firstIndex { $0 === parameter })
            let error = Summary.error(step.gradients[index], expected["gradients"][name])
            // By how much the reference's own single precision differs.
            let allowed = max(2e-4, 5 * expected["float32_error"]["gradients"][name].float)
            #expect(error.norm < allowed && error.samples < 10 * allowed, "\(name): \(error)")
        }
        for name in expected["statistics"].keys {
            let parameter = try #require(detector.parameters[name])
            let values = try #require(step.gradients.values(ofStatistic: parameter))
            let error = Summary.error(values, expected["statistics"][name])
            #expect(error.norm < 1e-5 && error.samples < 1e-5, "\(name): \(error)")
        }
    }

    /// An image without objects adds nothing to the loss.
    @Test(arguments: [ssd300, lite]) func imageWithoutObjects(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let expected = fixture["training_second_image_empty"]
        let detector = Self.detector(item, fixture: fixture)
        let step = try TrainingStep(
            detector, parameters: detector.trainedParameters(backboneStages: 5), pool: pool)
        let losses = try step.add(Self.batch(fixture, transform: detector.inputTransform, secondIsEmpty: true))
        // Statistics of few pixels, fifty times over: torch in single precision is as far from double.
        let allowed = max(1e-5, 2 * expected["float32_error"]["losses"].float)
        #expect(relativeError([losses.terms[0]], [expected["losses"]["classification"].float]) < allowed)
        #expect(relativeError([losses.terms[1]], [expected["losses"]["bbox_regression"].float]) < allowed)
        let allowedNorm = max(1e-3, 5 * expected["float32_error"]["gradient_norm"].float)
        #expect(relativeError([step.gradients.norm(pool: pool)], [expected["gradient_norm"].float]) < allowedNorm)
    }

    /// With frozen normalisation: the statistics of two images' last maps are those of two numbers.
    @Test func optimizerSteps() throws {
        let fixture = try Fixture(Self.lite.fixture, in: .module)
        let expected = fixture["steps"]
        let detector = Self.detector(Self.lite, fixture: fixture, normalization: .frozen)
        let start = Self.detector(Self.lite, fixture: fixture, normalization: .frozen)
        let trained = detector.trainedParameters(backboneStages: 5)
        let step = try TrainingStep(
            detector, parameters: trained,
            optimizer: Optimizer(
                OptimizerConfiguration(
                    method: SGD(momentum: expected["momentum"].double), weightDecay: expected["weight_decay"].double),
                parameters: trained), pool: pool)
        let batch = Self.batch(fixture, transform: detector.inputTransform)
        for number in 0..<expected["count"].int {
            step.begin()
            let losses = try step.add(batch)
            let allowed = max(1e-4, 5 * expected["float32_error"]["losses"][number].float)
            #expect(relativeError(losses.terms, expected["losses"][number].floats) < allowed, "step \(number)")
            try step.take(learningRate: expected["lr"].float)
        }
        for name in expected["changes"].keys {
            let before = try #require(start.parameters[name]).values
            let change = zip(try #require(detector.parameters[name]).values, before).map { $0 - $1 }
            let allowed = max(1e-3, 5 * expected["float32_error"]["changes"][name].float)
            #expect(Summary.error(change, expected["changes"][name]).norm < allowed, "\(name)")
        }
    }

    /// 300 images of 320x320 pixels with objects by formula.
    @Test func matches() throws {
        let sides = [20, 10, 5, 3, 2, 1]
        let boxes = SSD.Variant.ssdlite320.boxes.boxes(
            featureSizes: sides.map { ($0, $0) }, inputHeight: 320, inputWidth: 320
        ).flatMap(\.self)
        let lines = try Fixture("multibox-matching", in: .module)["cases"].elements.map(\.string)
        #expect(lines.count == 300)
        for (number, line) in lines.enumerated() {
            let objects = Formula.boxes(
                "ssd\(number)", count: 1 + number % 9, width: 280, height: 280, low: 4,
                high: Float(40 + number % 7 * 40)
            ).map { Corners($0) }
            #expect(Summary.line(MultiboxMatcher().matches(boxes: boxes, objects: objects)) == line, "\(number)")
        }
    }
}

/// What fixtures keep of long lists of numbers.
enum Summary {
    /// How far an array is from what a fixture says of it: by Euclidean norm, and at the places it samples.
    static func error(_ values: some Collection<Float>, _ expected: Fixture) -> (norm: Float, samples: Float) {
        let values = Array(values)
        let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let samples = Formula.sampleIndices(total: values.count).map { values[$0] }
        return (
            relativeError([Float(norm)], [expected["norm"].float]), relativeError(samples, expected["samples"].floats)
        )
    }

    /// The names and shapes of all parameters, in alphabetical order.
    static func names(of store: ParameterStore) -> String {
        hexadecimal(store.parameters.map { "\($0.name) \($0.shape);" }.sorted().joined())
    }

    /// The anchors that were given objects.
    static func line(_ matches: [Int32]) -> String {
        let found = matches.enumerated().filter { $1 >= 0 }
        return "\(found.count) \(hexadecimal(found.map { "\($0):\($1);" }.joined()))"
    }

    private static func hexadecimal(_ text: String) -> String {
        let hash = String(Formula.hash(text), radix: 16)
        return String(repeating: "0", count: 16 - hash.count) + hash
    }
}
