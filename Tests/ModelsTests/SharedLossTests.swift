import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// Losses of boxes and classes that detectors share, against torch's (`Tests/References/fcos.py`) and finite differences.
@Suite struct SharedLossTests {
    /// With distances from an anchor the derivatives are those of the corners but for signs and the anchor's size.
    @Test(arguments: BoxLoss.ofCorners) func lossesOfCorners(loss: BoxLoss) throws {
        let fixture = try Fixture("shared-losses", in: .module)["boxes"]
        let count = fixture["count"].int, expected = fixture[loss.rawValue]
        func boxes(_ name: String) -> [Corners] {
            Formula.boxes("losses.\(name)", count: count, width: 60, height: 60, low: 6, high: 40).map { Corners($0) }
        }
        for (index, (box, object)) in zip(boxes("boxes"), boxes("objects")).enumerated() {
            let result = loss.valueAndDerivative(box: box, object: object)
            #expect(abs(result.value - expected["values"][index].float) < 1e-5, "\(index)")
            let error = relativeError(
                (0..<4).map { result.byCorner[$0] }, expected["gradients"][index].floats)
            #expect(error < 1e-4, "\(index)")
        }
    }

    /// Boxes that are nowhere wide or high have finite losses and derivatives.
    @Test(arguments: BoxLoss.ofCorners) func flatBoxes(loss: BoxLoss) {
        let object = Corners(10, 10, 30, 20)
        for box in [Corners(12, 12, 12, 12), Corners(12, 12, 25, 12), Corners(50, 50, 50, 60)] {
            let result = loss.valueAndDerivative(box: box, object: object)
            #expect(result.value.isFinite && (0..<4).allSatisfy { result.byCorner[$0].isFinite })
        }
    }

    @Test func smoothL1() throws {
        let fixture = try Fixture("shared-losses", in: .module)["boxes"]
        let count = fixture["count"].int, expected = fixture["smooth-l1"]
        let offsets = Formula.signed("losses.offsets", count: 4 * count).map { 3 * $0 }
        let wanted = Formula.signed("losses.wanted", count: 4 * count)
        let anchor = Corners(0, 0, 10, 10), coder = BoxCoder()
        for index in 0..<count {
            func four(_ values: [Float]) -> SIMD4<Float> { SIMD4(values[4 * index..<4 * index + 4]) }
            let object = coder.decode(four(wanted), anchor: anchor)
            let result = BoxLoss.smoothL1.valueAndDerivative(
                offsets: four(offsets), object: object, anchor: anchor, coder: coder)
            #expect(abs(result.value - expected["values"][index].float) < 2e-5)
            #expect(
                zip((0..<4).map { result.derivative[$0] }, expected["gradients"][index].floats).allSatisfy {
                    abs($0 - $1) < 1e-5
                })
        }
    }

    @Test func qualityFocalLoss() throws {
        let fixture = try Fixture("shared-losses", in: .module)["quality_focal"]
        let count = fixture["count"].int
        let logits = Formula.signed("losses.logits", count: count).map { 8 * $0 }
        var targets = Formula.unit("losses.targets", count: count)
        for index in stride(from: 0, to: count, by: 3) { targets[index] = 0 }
        let results = zip(logits, targets).map { QualityFocalLoss().valueAndDerivative(logit: $0, target: $1) }
        #expect(relativeError(results.map(\.value), fixture["values"].floats) < 1e-5)
        #expect(relativeError(results.map(\.derivative), fixture["gradients"].floats) < 1e-5)
        // Another power, by hand: p = 1/2, |1/2 - 1| · log 2.
        let one = QualityFocalLoss(beta: 1).valueAndDerivative(logit: 0, target: 1)
        #expect(abs(one.value - 0.346_573_6) < 1e-6)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var network: any DenseArchitecture
        var size: Int
        var options = DenseLossOptions()
        var testDescription: String {
            "\(network.name) \(options.boxLoss?.rawValue ?? "") \(options.classificationLoss?.rawValue ?? "")"
        }
    }

    private static let retinaNet = RetinaNet(
        backbone: .resnet10Quarter, version: .v2, channels: 32, headDepth: 1, classCount: 4)
    private static let fcos = FCOS(backbone: .resnet10Quarter, channels: 32, headDepth: 1, classCount: 4)
    private static let ssd = SSD(.ssd300, backbone: .resnet10Quarter, classCount: 4)
    private static let yolox = YOLOX(.nano, classCount: 3)

    // CIoU takes a factor of itself for a constant, as its paper does, so that its gradient is no difference of its values.
    static let cases =
        [retinaNet as any DenseArchitecture, fcos, yolox].flatMap { network in
            [
                Case(network: network, size: 128, options: DenseLossOptions(boxLoss: .distanceIoU)),
                Case(network: network, size: 128, options: DenseLossOptions(boxLoss: .generalizedIoU)),
                Case(network: network, size: 128, options: DenseLossOptions(classificationLoss: .qualityFocal)),
            ]
        } + [
            Case(network: retinaNet, size: 128, options: DenseLossOptions(boxLoss: .smoothL1)),
            Case(network: fcos, size: 128), Case(network: ssd, size: 300),
            Case(
                network: ssd, size: 300,
                options: DenseLossOptions(boxWeight: 2, classWeights: [1, 2, 1, 0.5], boxLoss: .distanceIoU)),
        ]

    /// What a loss writes as gradients of the outputs against what it changes by.
    @Test(arguments: cases) func finiteDifferences(item: Case) throws {
        let detector = DenseDetector(
            DenseDetector.Configuration(network: item.network, categories: []), seed: 3)
        let pool = ThreadPool(threadCount: 2), size = Image.Size(width: item.size, height: item.size)
        let plan = try detector.plan(
            of: detector.graph,
            inputShapes: [TensorShape(batch: 2, height: item.size, width: item.size, channels: 3)],
            purpose: .training(ParameterGradients(parameters: detector.trainedParameters(backboneStages: 5))),
            pool: pool)
        let outputs = DenseOutputs(plan, levels: detector.network.levels)
        let scale = Float(item.size) / 128
        let targets = [
            DetectionTarget(
                boxes: [
                    Corners(10 * scale, 20 * scale, 52 * scale, 60 * scale),
                    Corners(70 * scale, 60 * scale, 90 * scale, 85 * scale),
                ],
                classIndices: [1, 3]),
            DetectionTarget(boxes: [Corners(30 * scale, 30 * scale, 100 * scale, 110 * scale)], classIndices: [2]),
        ]
        let kinds: [DenseNetwork.Prediction] = [.classification, .regression, .objectness, .centerness].filter {
            kind in plan.outputNames.contains { $0.hasPrefix(kind.rawValue) }
        }
        func buffer(_ kind: DenseNetwork.Prediction, _ level: Int) -> UnsafeMutableBufferPointer<Float> {
            UnsafeMutableBufferPointer(mutating: outputs.values(kind, level: level))
        }
        for kind in kinds {
            for level in detector.network.levels.indices {
                let target = buffer(kind, level)
                for (index, number) in Formula.signed("\(kind).\(level)", count: target.count).enumerated() {
                    // FCOS's distances are not negative.
                    target[index] = item.network is FCOS && kind == .regression ? 1.5 + number : number
                }
            }
        }
        let loss = item.network.makeLoss(item.options)
        // The quality of a box is a target of classes, and taken for a constant: each output has a term of its own.
        let terms: [DenseNetwork.Prediction: String] = [
            .classification: "classification", .regression: "box", .objectness: "objectness", .centerness: "centerness",
        ]
        func value(_ kind: DenseNetwork.Prediction) -> Double {
            let values = loss.evaluate(outputs, targets: targets, input: size, pool: pool)
            return zip(loss.terms, values.terms).first { $0.0 == terms[kind] }.map { Double($0.1) } ?? .nan
        }
        var compared = 0
        for kind in kinds {
            let middle = value(kind)
            for level in detector.network.levels.indices {
                guard let gradients = outputs.gradients(kind, level: level) else { continue }
                // As they are without the last change of the level before.
                _ = value(kind)
                let kept = Array(gradients), values = buffer(kind, level)
                let greatest = Double(kept.map { abs($0) }.max() ?? 0)
                let places = kept.indices.filter { abs(Double(kept[$0])) > 0.1 * greatest && abs(kept[$0]) > 1e-3 }
                for place in places.prefix(12) {
                    let old = values[place]
                    values[place] = old + 4e-3
                    let more = value(kind)
                    values[place] = old - 4e-3
                    let less = value(kind)
                    values[place] = old
                    let ahead = (more - middle) / 4e-3, behind = (middle - less) / 4e-3
                    // Where the loss has a corner, or another object is assigned, the two sides differ.
                    guard abs(ahead - behind) < 0.05 * greatest + 1e-4 * middle else { continue }
                    compared += 1
                    // A term is in single precision.
                    #expect(
                        abs((more - less) / 8e-3 - Double(kept[place])) < 0.02 * greatest + 3e-5 * middle,
                        "\(kind) \(level) \(place): \(kept[place])")
                }
            }
        }
        #expect(compared > 20, "\(compared)")
    }
}
