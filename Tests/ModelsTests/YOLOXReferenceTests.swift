import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// YOLOX's outputs, losses, gradients, steps and assignments against Megvii's (`Tests/References/yolox_detector.py`).
@Suite(.serialized) struct YOLOXReferenceTests {
    private static let variants: [YOLOX.Variant] = [.nano, .s]
    private let pool = ThreadPool(threadCount: 2)

    /// - Parameter sharpness: What the weights of the last layers are multiplied by, so that cells predict different things.
    private static func detector(_ variant: YOLOX.Variant, classCount: Int, sharpness: Float = 1) -> DenseDetector {
        let detector = DenseDetector(
            DenseDetector.Configuration(network: YOLOX(variant, classCount: classCount), categories: []))
        for parameter in detector.parameters.parameters {
            let isLast = parameter.name.contains("_preds.") && parameter.name.hasSuffix("weight")
            let values = Formula.parameter(parameter.name, shape: parameter.shape).map {
                isLast ? $0 * sharpness : $0
            }
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
        return detector
    }

    /// The reference's images as a batch, 0 to 1.
    private static func batch(_ fixture: Fixture) -> TrainingBatch<DetectionTarget> {
        let (height, width) = (fixture["height"].int, fixture["width"].int)
        let targets = zip(fixture["boxes"].elements, fixture["labels"].elements).map { boxes, labels in
            DetectionTarget(
                boxes: boxes.elements.map { Corners($0.floats) }, classIndices: labels.ints.map { $0 + 1 })
        }
        let pixels = targets.indices.flatMap {
            Formula.image("yolox\($0)", width: width, height: height).map { Float($0) / 255 }
        }
        return TrainingBatch(pixels: pixels, targets: targets, width: width, height: height)
    }

    private func summaryError(_ values: some Collection<Float>, _ expected: Fixture) -> (norm: Float, samples: Float) {
        let values = Array(values)
        let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let samples = Formula.sampleIndices(total: values.count).map { values[$0] }
        return (
            relativeError([Float(norm)], [expected["norm"].float]), relativeError(samples, expected["samples"].floats)
        )
    }

    @Test(arguments: variants) func outputs(variant: YOLOX.Variant) throws {
        let fixture = try Fixture("yolox-\(variant.rawValue)", in: .module)
        let expected = fixture["inference"]
        let detector = Self.detector(
            variant, classCount: fixture["classes"].int, sharpness: fixture["sharpness"].float)
        #expect(detector.parameters.weightCount == expected["parameters"].int)
        let batch = Self.batch(fixture)
        let plan = try detector.inferencePlan(
            for: TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3), pool: pool)
        _ = plan.input.update(fromContentsOf: batch.pixels)
        plan.forward()
        let outputs = DenseOutputs(plan, levels: detector.network.levels)
        let kinds: [(name: String, prediction: DenseNetwork.Prediction)] = [
            ("cls", .classification), ("reg", .regression), ("obj", .objectness),
        ]
        for (name, prediction) in kinds {
            for level in 0..<3 {
                let error = summaryError(
                    outputs.values(prediction, level: level), expected["outputs"]["\(name) \(level)"])
                #expect(error.norm < 1e-5 && error.samples < 2e-5, "\(name) \(level): \(error)")
            }
        }
    }

    @Test(arguments: variants) func trainingStep(variant: YOLOX.Variant) throws {
        let fixture = try Fixture("yolox-\(variant.rawValue)", in: .module)
        let expected = fixture["training"]
        let detector = Self.detector(
            variant, classCount: fixture["classes"].int, sharpness: fixture["sharpness"].float)
        Self.addL1(to: detector)
        let trained = detector.trainedParameters(backboneStages: 5)
        let step = try TrainingStep(detector, parameters: trained, pool: pool)
        let losses = try step.add(Self.batch(fixture))
        #expect(detector.lossTerms == ["box", "objectness", "classification", "l1"])
        for (name, term) in zip(detector.lossTerms, losses.terms) {
            let allowed = max(1e-5, 5 * expected["terms_float32_error"][name].float)
            #expect(relativeError([term], [expected["terms"][name].float]) < allowed, "\(name): \(term)")
        }
        #expect(relativeError([step.gradients.norm(pool: pool)], [expected["gradient_norm"].float]) < 3e-4)
        for name in expected["gradients"].keys {
            let parameter = try #require(detector.parameters[name])
            let index = try #require(trained.firstIndex { $0 === parameter })
            let error = summaryError(step.gradients[index], expected["gradients"][name])
            // By how much the reference's own single precision differs.
            let allowed = max(2e-4, 5 * expected["float32_error"][name].float)
            #expect(error.norm < allowed && error.samples < 5 * allowed, "\(name): \(error)")
        }
        for (key, suffix) in [("running_mean", "running_mean"), ("running_var", "running_var")] {
            for name in expected[key].keys {
                let parameter = try #require(detector.parameters["\(name).\(suffix)"])
                let values = try #require(step.gradients.values(ofStatistic: parameter))
                let error = summaryError(values, expected[key][name])
                #expect(error.norm < 1e-5 && error.samples < 1e-5, "\(name).\(suffix): \(error)")
            }
        }
    }

    /// Ten steps with Nesterov's momentum, in which biases and normalisation do not decay.
    @Test(arguments: variants) func optimizerSteps(variant: YOLOX.Variant) throws {
        let fixture = try Fixture("yolox-\(variant.rawValue)", in: .module)
        let expected = fixture["training"]["steps"]
        let detector = Self.detector(
            variant, classCount: fixture["classes"].int, sharpness: fixture["sharpness"].float)
        let start = Self.detector(
            variant, classCount: fixture["classes"].int, sharpness: fixture["sharpness"].float)
        let configuration = TrainingConfiguration(
            optimizer: OptimizerConfiguration(
                method: SGD(momentum: expected["momentum"].double, usesNesterov: true),
                weightDecay: expected["weight_decay"].double), decaysKernelsOnly: true,
            schedule: LearningRateSchedule(baseRate: expected["lr"].float, decay: .constant), gradientNormLimit: nil,
            trainableLayers: 5)
        let step = try configuration.step(detector, pool: pool)
        try step.train(detector.trainedParameters(backboneStages: 5))
        let batch = Self.batch(fixture)
        for number in 0..<expected["count"].int {
            step.begin()
            let losses = try step.add(batch)
            #expect(relativeError([losses.total], [expected["losses"][number].float]) < 3e-4, "step \(number)")
            try step.take(learningRate: expected["lr"].float)
        }
        let changes = fixture["training"]["changes"]
        var compared = 0
        for name in changes.keys {
            let before = try #require(start.parameters[name]).values
            let change = zip(try #require(detector.parameters[name]).values, before).map { $0 - $1 }
            // Of so small a change single precision leaves little; where it leaves nothing there is nothing to compare.
            let own = fixture["training"]["changes_float32_error"][name].float
            guard own < 0.02 else { continue }
            compared += 1
            #expect(summaryError(change, changes[name]).norm < max(1e-3, 3 * own), "\(name)")
        }
        #expect(compared >= 5)
    }

    private static func addL1(to detector: DenseDetector) {
        guard var loss = detector.criterion as? YOLOXLoss else { return }
        loss.includesL1 = true
        detector.criterion = loss
    }

    /// 500 images of 96x64 pixels with outputs and objects by formula.
    @Test func assignments() throws {
        let fixture = try Fixture("simota", in: .module)
        let undecided = Set(fixture["undecided"].ints)
        let detector = Self.detector(.nano, classCount: 3)
        let loss = try #require(detector.criterion as? YOLOXLoss)
        let plan = try detector.inferencePlan(
            for: TensorShape(batch: 1, height: 64, width: 96, channels: 3), pool: pool)
        let outputs = DenseOutputs(plan, levels: detector.network.levels)
        var wrong: [Int] = []
        for (number, line) in fixture["cases"].elements.map(\.string).enumerated() where !undecided.contains(number) {
            let name = "simota\(number)"
            for level in 0..<3 {
                let cells = outputs.mapSizes[level].height * outputs.mapSizes[level].width
                let numbers = Formula.signed("\(name).\(level)", count: cells * 8)
                func write(_ prediction: DenseNetwork.Prediction, from first: Int, count: Int, times factor: Float) {
                    let target = UnsafeMutableBufferPointer(mutating: outputs.values(prediction, level: level))
                    for cell in 0..<cells {
                        for index in 0..<count {
                            target[cell * count + index] = factor * numbers[cell * 8 + first + index]
                        }
                    }
                }
                write(.regression, from: 0, count: 4, times: 1)
                write(.objectness, from: 4, count: 1, times: 3)
                write(.classification, from: 5, count: 3, times: 3)
            }
            let count = 1 + number % 7
            let target = DetectionTarget(
                boxes: Formula.boxes("\(name).boxes", count: count, width: 96, height: 64, low: 6, high: 60)
                    .map { Corners($0) },
                classIndices: Formula.unit("\(name).classes", count: count).map { Int($0 * 3) + 1 })
            let matches = loss.matches(outputs, targets: [target], pool: pool)[0]
            let text = matches.map { "\($0.cell):\($0.object);" }.joined()
            let hash = String(Formula.hash(text), radix: 16)
            let padded = String(repeating: "0", count: 16 - hash.count) + hash
            if "\(matches.count) \(padded)" != line { wrong.append(number) }
        }
        #expect(wrong.isEmpty)
        #expect(undecided.count < 5)
    }
}
