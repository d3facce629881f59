import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// The classification loss with weights of classes.
@Suite struct ClassWeightTests {
    /// The outputs of a small network, replaced by numbers by formula, and two images with boxes of all classes.
    private final class Setting {
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(backbone: .resnet10Quarter, channels: 16, classCount: 4, normalization: .frozen),
                categories: []))
        let pool = ThreadPool(threadCount: 2)
        let gradients: ParameterGradients
        let plan: Plan
        let outputs: DenseOutputs
        let targets = [
            DetectionTarget(
                boxes: [Corners(2, 3, 36, 30), Corners(20, 20, 60, 62), Corners(40, 0, 64, 24)],
                classIndices: [1, 2, 3]),
            DetectionTarget(boxes: [Corners(10, 10, 50, 50)], classIndices: [3]),
        ]

        init() throws {
            gradients = try ParameterGradients(parameters: detector.trainedParameters(backboneStages: 0))
            plan = try detector.plan(
                of: detector.network.graph,
                inputShapes: [TensorShape(batch: 2, height: 64, width: 64, channels: 3)],
                purpose: .training(gradients), pool: pool)
            outputs = DenseOutputs(plan, levels: detector.network.levels)
            for level in 0..<10 {
                let values = Formula.signed("logits\(level)", count: plan.output(level).count)
                _ = output(level).update(fromContentsOf: values.map { level < 5 ? 3 * $0 - 1 : 0.2 * $0 })
            }
        }

        func output(_ level: Int) -> UnsafeMutableBufferPointer<Float> {
            UnsafeMutableBufferPointer(mutating: plan.output(level))
        }

        func losses(_ weights: [Float]?) -> LossValues {
            detector.configuration.network.makeLoss(DenseLossOptions(classWeights: weights)).evaluate(
                outputs, targets: targets, input: Image.Size(width: 64, height: 64), pool: pool)
        }

        /// The gradients of all outputs, as the last evaluation left them.
        var outputGradients: [[Float]] { (0..<10).map { plan.outputGradient($0).map { Array($0) } ?? [] } }
    }

    @Test func weightsOfOneChangeNothing() throws {
        let setting = try Setting()
        let plain = setting.losses(nil)
        let gradients = setting.outputGradients
        let weighted = setting.losses([1, 1, 1, 1])
        #expect(weighted.terms[0] == plain.terms[0])
        #expect(weighted.terms[1] == plain.terms[1])
        #expect(setting.outputGradients == gradients)
    }

    @Test func finiteDifferences() throws {
        let setting = try Setting()
        let weights: [Float] = [1, 0.25, 2, 3.5]
        let plain = setting.losses(nil)
        let unweighted = setting.outputGradients
        let losses = setting.losses(weights)
        let gradients = setting.outputGradients
        #expect(losses.terms[1] == plain.terms[1])
        #expect(gradients[5...] == unweighted[5...])
        var weighted = Set<Int>(), checked = 0
        for level in 0..<5 {
            for index in gradients[level].indices {
                let isWeighted = gradients[level][index] != unweighted[level][index]
                if isWeighted { weighted.insert(index % 4) }
                // All that the weights reach, and some of the others.
                guard isWeighted || index % 997 == 0 else { continue }
                let output = setting.output(level)
                let value = output[index]
                func loss(_ difference: Float) -> Float {
                    output[index] = value + difference
                    return setting.losses(weights).terms[0]
                }
                let difference = (loss(0.05) - loss(-0.05)) / 0.1
                output[index] = value
                #expect(abs(difference - gradients[level][index]) < 2e-4 + 0.01 * abs(difference), "\(level) \(index)")
                checked += 1
            }
        }
        // Objects of the three classes have anchors of their own.
        #expect(weighted == [1, 2, 3])
        #expect(checked > 20)
    }

    /// The loss is linear in a weight: what class 2 adds with a weight of 3 is twice what it adds with 2.
    @Test func weightIsAFactor() throws {
        let setting = try Setting()
        let values = [1, 2, 3].map { Double(setting.losses([1, 1, Float($0), 1]).terms[0]) }
        #expect(values[1] > values[0])
        #expect(abs((values[2] - values[0]) - 2 * (values[1] - values[0])) < 1e-5 * values[0])
    }
}
