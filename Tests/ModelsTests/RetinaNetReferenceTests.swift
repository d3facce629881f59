import Foundation
import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// A RetinaNet's training step and detections against torchvision's (`Tests/References/retinanet.py`).
@Suite(.serialized) struct RetinaNetReferenceTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var fixture: String
        var backbone: AnyBackboneArchitecture
        var version: RetinaNet.Version
        var testDescription: String { fixture }
    }

    static let cases = [
        Case(fixture: "retinanet-v1-resnet18", backbone: .resnet18, version: .v1),
        Case(fixture: "retinanet-v2-resnet18", backbone: .resnet18, version: .v2),
        Case(fixture: "retinanet-v1-resnet50", backbone: .resnet50, version: .v1),
    ]

    static func detector(
        _ item: Case, fixture: Fixture, postProcessing: PostProcessing = PostProcessing()
    ) -> DenseDetector {
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(
                    backbone: item.backbone, version: item.version, classCount: fixture["classes"].int,
                    normalization: .frozen),
                transform: transform(fixture), postProcessing: postProcessing,
                categories: (0..<fixture["classes"].int).map { .init(id: $0, name: "\($0)", classIndex: $0) }))
        for parameter in detector.parameters.parameters {
            let values = Formula.parameter(
                parameter.name, shape: parameter.shape, classificationBias: fixture["classification_bias"].float)
            parameter.update { target in for index in target.indices { target[index] = values[index] } }
        }
        return detector
    }

    static func images(_ fixture: Fixture) -> [Image] {
        fixture["images"].elements.map { entry in
            Image(
                width: entry[2].int, height: entry[1].int,
                bytes: Formula.image(entry[0].string, width: entry[2].int, height: entry[1].int))
        }
    }

    static func transform(_ fixture: Fixture) -> InputTransform {
        InputTransform(minimumSize: fixture["min_size"].int, maximumSize: fixture["max_size"].int)
    }

    @Test(arguments: cases) func trainingStep(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let detector = Self.detector(item, fixture: fixture)
        let images = Self.images(fixture)
        let targets = zip(fixture["boxes"].elements, fixture["labels"].elements).map { boxes, labels in
            (boxes: boxes.elements.map { Corners($0.floats) }, labels: labels.ints)
        }
        let pool = ThreadPool(threadCount: 2)
        let batch = TrainingBatch(
            samples: zip(images, targets).map {
                .init(image: $0, boxes: $1.boxes, classIndices: $1.labels, flippedHorizontally: false)
            }, transform: Self.transform(fixture))
        let step = try Self.step(detector, pool: pool)
        let trained = step.gradients.parameters, gradients = step.gradients
        #expect(Set(trained.map(\.name)) == Set(fixture["training"]["trainable"].elements.map(\.string)))
        let plan = try step.plan(for: batch)
        #expect(
            [plan.inputShape.batch, 3, plan.inputShape.height, plan.inputShape.width]
                == fixture["training"]["batch_shape"].ints)
        let losses = try step.add(batch)
        let expected = fixture["training"]["losses"]
        #expect(relativeError([losses.terms[0]], [expected["classification"].float]) < 1e-5)
        #expect(relativeError([losses.terms[1]], [expected["bbox_regression"].float]) < 1e-5)

        let expectedGradients = fixture["training"]["gradients"]
        #expect(!expectedGradients.keys.isEmpty)
        for name in expectedGradients.keys {
            let entry = expectedGradients[name]
            let parameter = try #require(detector.parameters[name])
            let index = try #require(trained.firstIndex { $0 === parameter })
            let samples = Formula.sampleIndices(total: parameter.count).map { gradients[index][$0] }
            let norm = gradients[index].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            // Where a ReLU's input or an L1 difference is close to zero, rounding decides about its side, and single
            // gradients move by a share of themselves; the reference states by how much its own single-precision
            // run differs from double precision. Exactness is shown by finite differences elsewhere.
            let error = entry["float32_error"].float
            #expect(relativeError([Float(norm)], [entry["norm"].float]) < max(1e-3, 4 * error), "\(name)")
            #expect(relativeError(samples, entry["samples"].floats) < max(2e-2, 10 * error), "\(name)")
        }
        let total = gradients.norm(pool: pool)
        #expect(relativeError([total], [fixture["training"]["gradient_norm"].float]) < 1e-4)
    }

    /// An image without objects teaches background only.
    @Test(arguments: cases) func imageWithoutObjects(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let expected = fixture["training_second_image_empty"]
        let detector = Self.detector(item, fixture: fixture)
        let images = Self.images(fixture)
        let pool = ThreadPool(threadCount: 2)
        let batch = TrainingBatch(
            samples: images.enumerated().map { index, image in
                .init(
                    image: image,
                    boxes: index == 0 ? fixture["boxes"][0].elements.map { Corners($0.floats) } : [],
                    classIndices: index == 0 ? fixture["labels"][0].ints : [], flippedHorizontally: false)
            }, transform: Self.transform(fixture))
        let step = try Self.step(detector, pool: pool)
        let losses = try step.add(batch)
        let gradients = step.gradients
        #expect(relativeError([losses.terms[0]], [expected["losses"]["classification"].float]) < 1e-5)
        #expect(relativeError([losses.terms[1]], [expected["losses"]["bbox_regression"].float]) < 1e-5)
        #expect(relativeError([gradients.norm(pool: pool)], [expected["gradient_norm"].float]) < 1e-3)
    }

    /// Steps that train the reference's three layers of the backbone, and all above them.
    private static func step(
        _ detector: DenseDetector, optimizer: OptimizerConfiguration? = nil, pool: ThreadPool
    ) throws -> TrainingStep<DenseDetector> {
        let trained = detector.trainedParameters(backboneStages: 3)
        return try TrainingStep(
            detector, parameters: trained, optimizer: optimizer.map { try Optimizer($0, parameters: trained) },
            pool: pool)
    }

    /// Five optimiser steps on one batch.
    @Test func optimizerSteps() throws {
        let item = Self.cases[0]
        let fixture = try Fixture(item.fixture, in: .module)
        let expected = fixture["steps"]
        let detector = Self.detector(item, fixture: fixture)
        let pool = ThreadPool(threadCount: 2)
        let step = try Self.step(
            detector,
            optimizer: .init(
                method: SGD(momentum: expected["momentum"].double), weightDecay: expected["weight_decay"].double),
            pool: pool)
        let batch = TrainingBatch(
            samples: zip(Self.images(fixture), zip(fixture["boxes"].elements, fixture["labels"].elements)).map {
                .init(
                    image: $0, boxes: $1.0.elements.map { Corners($0.floats) }, classIndices: $1.1.ints,
                    flippedHorizontally: false)
            }, transform: Self.transform(fixture))
        for number in 0..<expected["count"].int {
            step.begin()
            let losses = try step.add(batch)
            #expect(
                relativeError(losses.terms, expected["losses"][number].floats) < 2e-3,
                "step \(number)")
            try step.take(learningRate: expected["lr"].float)
        }
        for name in expected["parameters"].keys {
            let parameter = try #require(detector.parameters[name])
            let samples = Formula.sampleIndices(total: parameter.count).map { parameter.values[$0] }
            #expect(relativeError(samples, expected["parameters"][name]["samples"].floats) < 1e-3, "\(name)")
        }
    }

    @Test(arguments: cases) func detections(item: Case) throws {
        let fixture = try Fixture(item.fixture, in: .module)
        let expected = fixture["detection"]
        let detector = Self.detector(
            item, fixture: fixture,
            postProcessing: PostProcessing(
                scoreThreshold: expected["score_thresh"].float, overlapThreshold: expected["nms_thresh"].double,
                candidatesPerLevel: expected["topk_candidates"].int,
                detectionsPerImage: expected["detections_per_img"].int))
        let pool = ThreadPool(threadCount: 2)
        let all = try detector.detections(in: Self.images(fixture), pool: pool)
        for (found, expected) in zip(all, expected["images"].elements) {
            #expect(found.count == expected["count"].int)
            #expect(found.map(\.categoryID) == expected["labels"].ints)
            #expect(found.allSatisfy { $0.categoryName == "\($0.categoryID)" })
            #expect(relativeError(found.map { Float($0.score) }, expected["scores"].floats) < 2e-5)
            for (detection, box) in zip(found, expected["boxes"].elements) {
                #expect(relativeError(detection.box.corners.array, box.floats) < 2e-5)
            }
        }
    }
}
