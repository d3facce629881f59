import Foundation
import NeedletailDetectors
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailNetworks
import NeedletailRuntime
import ReferenceFormula
import Testing

/// A RetinaNet's training step and detections against torchvision's (`Tests/References/retinanet.py`).
@Suite(.serialized) struct RetinaNetReferenceTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var fixture: String
        var backbone: ResNet.Architecture
        var version: RetinaNetConfiguration.Version
        var testDescription: String { fixture }
    }

    static let cases = [
        Case(fixture: "retinanet-v1-resnet18", backbone: .resnet18, version: .v1),
        Case(fixture: "retinanet-v2-resnet18", backbone: .resnet18, version: .v2),
        Case(fixture: "retinanet-v1-resnet50", backbone: .resnet50, version: .v1),
    ]

    static func network(_ item: Case, fixture: Fixture) -> RetinaNet {
        let network = RetinaNet(
            RetinaNetConfiguration(
                backbone: item.backbone, version: item.version, classCount: fixture["classes"].int,
                normalization: .frozen))
        for parameter in network.parameters.parameters {
            let values = Formula.parameter(
                parameter.name, shape: parameter.shape, classificationBias: fixture["classification_bias"].float)
            parameter.update { target in for index in target.indices { target[index] = values[index] } }
        }
        return network
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
        let network = Self.network(item, fixture: fixture)
        let images = Self.images(fixture)
        let targets = zip(fixture["boxes"].elements, fixture["labels"].elements).map { boxes, labels in
            (boxes: boxes.elements.map { Corners($0.floats) }, labels: labels.ints)
        }
        let pool = ThreadPool(threadCount: 2)
        let trained = network.trainedParameters(backboneLayers: 3)
        #expect(Set(trained.map(\.name)) == Set(fixture["training"]["trainable"].elements.map(\.string)))
        let gradients = ParameterGradients(parameters: trained)
        let batch = TrainingBatch(
            samples: zip(images, targets).map {
                .init(image: $0, boxes: $1.boxes, labels: $1.labels, flippedHorizontally: false)
            }, transform: Self.transform(fixture))
        let plan = try network.trainingPlan(
            batch: batch.count, height: batch.height, width: batch.width, gradients: gradients, pool: pool)
        #expect(
            [plan.inputShape.batch, 3, plan.inputShape.height, plan.inputShape.width]
                == fixture["training"]["batch_shape"].ints)
        let losses = network.step(plan: plan, batch: batch, pool: pool)
        let expected = fixture["training"]["losses"]
        #expect(relativeError([losses.classification], [expected["classification"].float]) < 1e-5)
        #expect(relativeError([losses.boxes], [expected["bbox_regression"].float]) < 1e-5)

        let expectedGradients = fixture["training"]["gradients"]
        #expect(!expectedGradients.keys.isEmpty)
        for name in expectedGradients.keys {
            let entry = expectedGradients[name]
            let parameter = try #require(network.parameters[name])
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
}
