import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

@Suite struct ClassifierTests {
    private let classifier = Classifier(.resnet10Quarter, classCount: 3, seed: 4)
    private let pool = ThreadPool(threadCount: 2)

    /// Of logits `1, 3, 2` the softmax is `0.0900, 0.6652, 0.2447`, and the loss for the classes 1 and 2 the mean of
    /// `-log 0.6652 = 0.4076` and `-log 0.2447 = 1.4076`.
    @Test func lossAndPredictionsOfKnownLogits() throws {
        let gradients = try ParameterGradients(parameters: classifier.trainedParameters(backboneStages: 0))
        let plan = try classifier.plan(
            of: classifier.graph, inputShapes: [TensorShape(batch: 2, height: 32, width: 32, channels: 3)],
            purpose: .training(gradients), pool: pool)
        _ = UnsafeMutableBufferPointer(mutating: plan.output(0)).update(fromContentsOf: [1, 3, 2, 1, 3, 2])
        let losses = classifier.loss(of: plan, targets: [[1], [2]], inputHeight: 32, inputWidth: 32, pool: pool)
        #expect(losses.terms.count == classifier.lossTerms.count)
        #expect(abs(losses.total - 0.907_606) < 1e-5)
        let gradient = try #require(plan.outputGradient(0))
        let expected: [Float] = [0.045_015, -0.167_380, 0.122_364, 0.045_015, 0.332_620, -0.377_636]
        #expect(relativeError(Array(gradient), expected) < 1e-5)
        let size = Image.Size(width: 32, height: 32)
        let placement = ImagePlacement(original: size, resized: size)
        let predictions = classifier.predictions(of: plan, placements: [placement, placement], pool: pool)
        #expect(predictions.map(\.classIndex) == [1, 1])
        #expect(relativeError(predictions[0].probabilities, [0.090_031, 0.665_241, 0.244_728]) < 1e-5)
    }

    /// An image is resized as a detector's is, and said something of.
    @Test func predictsImages() throws {
        let image = Image(width: 40, height: 30, bytes: [UInt8](repeating: 90, count: 40 * 30 * 3))
        let predictions = try classifier.predictions(in: [image, image], pool: pool)
        #expect(predictions.count == 2 && predictions[0] == predictions[1])
        #expect(abs(predictions[0].probabilities.reduce(0, +) - 1) < 1e-5)
    }
}
