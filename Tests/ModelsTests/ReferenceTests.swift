import Foundation
import NeedletailGeometry
import NeedletailImages
import NeedletailModels
import ReferenceFormula
import Testing

extension Corners {
    init(_ values: [Float]) { self.init(values[0], values[1], values[2], values[3]) }
    var array: [Float] { [x1, y1, x2, y2] }
}

/// Anchors, matching, coding, losses, suppression and the input transform against torchvision
/// (`Tests/References/geometry.py`).
@Suite struct ReferenceTests {
    @Test(arguments: ["retinanet", "faster_rcnn", "odd"]) func cellAnchors(name: String) throws {
        let fixture = try Fixture("anchors", in: .module)["cell_anchors"][name]
        for level in fixture["sizes"].elements.indices {
            let ratios =
                fixture["ratios"][level].exists && !fixture["ratios"][level].elements.isEmpty
                ? fixture["ratios"][level].floats : fixture["ratios"].floats
            let generator = AnchorGenerator(sizes: fixture["sizes"].elements.map(\.floats), aspectRatios: ratios)
            #expect(
                generator.cellAnchors(level: level).map(\.array) == fixture["anchors"][level].elements.map(\.floats))
        }
    }

    /// 101 / √1 = 101, half of which is 50.5: half to even gives 50, away from zero would give 51.
    @Test func cellAnchorsRoundHalfToEven() {
        #expect(AnchorGenerator.retinaNet.sizes[1] == [64, 80, 101])
        #expect(AnchorGenerator.retinaNet.cellAnchors(level: 1)[5] == Corners(-50, -50, 50, 50))
    }

    @Test(arguments: ["retinanet_320x448", "retinanet_288x160", "retinanet_800x1344"]) func anchors(name: String) throws
    {
        let fixture = try Fixture("anchors", in: .module)["cases"][name]
        let sizes = fixture["levels"].elements.map { ($0["feature"][0].int, $0["feature"][1].int) }
        let anchors = AnchorGenerator.retinaNet.anchors(
            featureSizes: sizes.map { (height: $0.0, width: $0.1) }, inputHeight: fixture["padded"][0].int,
            inputWidth: fixture["padded"][1].int)
        #expect(anchors.reduce(0) { $0 + $1.count } == fixture["total"].int)
        for (level, boxes) in anchors.enumerated() {
            let expected = fixture["levels"][level]
            #expect(boxes.count == expected["count"].int)
            #expect(boxes.prefix(10).map(\.array) == expected["first_10"].elements.map(\.floats))
            #expect(boxes.suffix(10).map(\.array) == expected["last_10"].elements.map(\.floats))
            var sums = [Double](repeating: 0, count: 4)
            for (index, box) in boxes.enumerated() {
                for side in 0..<4 { sums[side] += Double(index + 1) * Double(box.vector[side]) }
            }
            #expect(sums == expected["weighted_sum"].doubles)
        }
    }

    @Test func matching() throws {
        let fixture = try Fixture("matching", in: .module)["cases"]
        let grid = AnchorGenerator.retinaNet.anchors(
            featureSizes: [(40, 56), (20, 28), (10, 14), (5, 7), (3, 4)], inputHeight: 320, inputWidth: 448
        ).flatMap { $0 }
        for name in fixture.keys {
            let item = fixture[name]
            let candidates = item["candidates"].exists ? item["candidates"].elements.map { Corners($0.floats) } : grid
            let truth = item["truth"].elements.map { Corners($0.floats) }
            let kinds: [(String, AnchorMatcher)] = [
                ("retinanet", AnchorMatcher()), ("rpn", AnchorMatcher(low: 0.3, high: 0.7)),
                ("roi", AnchorMatcher(low: 0.5, high: 0.5, allowsLowQualityMatches: false)),
            ]
            for (kind, matcher) in kinds {
                let matches = matcher.matches(anchors: candidates, objects: truth)
                let foreground = matches.indices.filter { matches[$0] >= 0 }.map { [$0, Int(matches[$0])] }
                #expect(foreground == item[kind]["foreground"].elements.map(\.ints), "\(name), \(kind)")
                #expect(
                    matches.indices.filter { matches[$0] == AnchorMatcher.ignored } == item[kind]["between"].ints,
                    "\(name), \(kind)")
            }
        }
    }

    @Test func matchingWithoutObjectsIsBackground() {
        let matches = AnchorMatcher().matches(anchors: [Corners(0, 0, 1, 1), Corners(5, 5, 9, 9)], objects: [])
        #expect(matches == [AnchorMatcher.background, AnchorMatcher.background])
    }

    @Test func adaptiveMatching() throws {
        let fixture = try Fixture("adaptive-matching", in: .module)["cases"]
        let grid = AnchorGenerator.retinaNet.anchors(
            featureSizes: [(40, 56), (20, 28), (10, 14), (5, 7), (3, 4)], inputHeight: 320, inputWidth: 448)
        for name in fixture.keys {
            let matches = AdaptiveAnchorSelection().matches(
                anchors: grid, anchorsPerCell: 9, objects: fixture[name]["truth"].elements.map { Corners($0.floats) })
            let foreground = matches.indices.filter { matches[$0] >= 0 }.map { [$0, Int(matches[$0])] }
            #expect(foreground == fixture[name]["foreground"].elements.map(\.ints), "\(name)")
        }
    }

    /// One level of three cells 10 pixels apart, one anchor each, and an object on the second. Overlaps with
    /// (8, 0, 18, 10) are (0, 0 to 10) 20 / 180 = 1/9, (10, 0 to 20) 80 / 120 = 2/3, and 0. Mean 7/27 and deviation
    /// √(((1/9 - 7/27)² + (2/3 - 7/27)² + (7/27)²) / 2) = 0.3567 make a threshold of 0.616: the second alone passes.
    @Test func adaptiveMatchingByHand() {
        let level = [Corners(0, 0, 10, 10), Corners(10, 0, 20, 10), Corners(20, 0, 30, 10)]
        let selection = AdaptiveAnchorSelection(cellsPerLevel: 3)
        #expect(
            selection.matches(anchors: [level], anchorsPerCell: 1, objects: [Corners(8, 0, 18, 10)]) == [-1, 0, -1])
        // Two equal objects: the first keeps what both claim.
        let twice = [Corners(8, 0, 18, 10), Corners(8, 0, 18, 10)]
        #expect(selection.matches(anchors: [level], anchorsPerCell: 1, objects: twice) == [-1, 0, -1])
        // No centre of an anchor lies inside, so the best candidate stays.
        #expect(
            selection.matches(anchors: [level], anchorsPerCell: 1, objects: [Corners(12, 6, 14, 9)]) == [-1, 0, -1])
        #expect(selection.matches(anchors: [level], anchorsPerCell: 1, objects: []) == [-1, -1, -1])
    }

    @Test(arguments: ["ones", "roi"]) func boxCoding(name: String) throws {
        let fixture = try Fixture("coding", in: .module)["cases"][name]
        let coder = BoxCoder(weights: Corners(fixture["weights"].floats).vector)
        let anchors = Formula.boxes("coder.anchors", count: 64, width: 300, height: 200, low: 8, high: 120).map {
            Corners($0)
        }
        let truth = Formula.boxes("coder.truth", count: 64, width: 300, height: 200, low: 8, high: 120).map {
            Corners($0)
        }
        let numbers = Formula.signed("coder.deltas", count: 256).map { 3 * $0 }
        for index in 0..<64 {
            var offsets = Corners(Array(numbers[4 * index..<4 * index + 4])).vector
            if index >= 60 {
                offsets.z = [4, 4.2, 10, 80][index - 60]
                offsets.w = offsets.z
            }
            let encoded = coder.encode(truth[index], anchor: anchors[index])
            #expect(relativeError(Corners(encoded).array, fixture["encoded"][index].floats) < 1e-6)
            let decoded = coder.decode(offsets, anchor: anchors[index])
            #expect(relativeError(decoded.array, fixture["decoded"][index].floats) < 1e-6)
        }
    }

    @Test func focalLoss() throws {
        let fixture = try Fixture("losses", in: .module)["focal"]
        var logits = Formula.signed("focal.logits", count: 300).map { 6 * $0 }
        logits.replaceSubrange(0..<4, with: [40, -40, 100, -100])
        for name in fixture.keys where fixture[name]["alpha"].float >= 0 {
            let loss = FocalLoss(alpha: fixture[name]["alpha"].float, gamma: fixture[name]["gamma"].float)
            var total = 0.0
            var gradient: [Float] = []
            for row in 0..<60 {
                for column in 0..<5 {
                    let isTarget = row % 3 == 0 && column == row / 3 % 5
                    let result = loss.valueAndDerivative(logit: logits[row * 5 + column], isTarget: isTarget)
                    total += Double(result.value)
                    gradient.append(result.derivative)
                }
            }
            #expect(relativeError([Float(total)], [fixture[name]["loss"].float]) < 1e-6, "\(name)")
            #expect(relativeError(gradient, fixture[name]["gradient"].elements.flatMap(\.floats)) < 1e-6, "\(name)")
        }
    }

    /// The generalised IoU's derivative with respect to offsets, by finite differences of its value.
    @Test func generalizedIoU() throws {
        let fixture = try Fixture("losses", in: .module)["boxes"]
        let predicted = Formula.boxes("loss.a", count: 40, width: 60, height: 40, low: 8, high: 60).map { Corners($0) }
        let truth = Formula.boxes("loss.b", count: 40, width: 60, height: 40, low: 8, high: 60).map { Corners($0) }
        let coder = BoxCoder()
        var compared = 0
        for index in 0..<40 {
            // An anchor beside the prediction, so that all offsets matter.
            let anchor = Corners(predicted[index].vector + SIMD4(-3, 2, 4, 5))
            let offsets = coder.encode(predicted[index], anchor: anchor)
            let result = BoxLoss.generalizedIoU.valueAndDerivative(
                offsets: offsets, object: truth[index], anchor: anchor, coder: coder)
            #expect(abs(result.value - fixture["giou_each"][index].float) < 1e-5)
            func value(_ offsets: SIMD4<Float>) -> Float {
                BoxLoss.generalizedIoU.valueAndDerivative(
                    offsets: offsets, object: truth[index], anchor: anchor, coder: coder
                ).value
            }
            for side in 0..<4 {
                var more = offsets, less = offsets
                more[side] += 2e-3
                less[side] -= 2e-3
                let ahead = (value(more) - result.value) / 2e-3, behind = (result.value - value(less)) / 2e-3
                // Where two edges meet the loss has a corner, and the two sides differ.
                guard abs(ahead - behind) < 0.03 else { continue }
                #expect(abs((ahead + behind) / 2 - result.derivative[side]) < 2e-2, "\(index) \(side)")
                compared += 1
            }
        }
        #expect(compared > 140)
    }

    @Test func suppression() throws {
        let fixture = try Fixture("nms", in: .module)["cases"]
        for key in fixture.keys {
            let item = fixture[key]
            let name = item["name"].string, count = item["count"].int
            let box = item["width_height_low_high"].floats, levels = item["levels"].float
            let boxes = Formula.boxes(
                name + ".boxes", count: count, width: box[0], height: box[1], low: box[2], high: box[3]
            ).map { Corners($0) }
            let scores = Formula.unit(name + ".scores", count: count).map { ($0 * levels).rounded(.down) / levels }
            let labels = Formula.unit(name + ".labels", count: count).map { Int($0 * 5) }
            let threshold = item["threshold"].double
            #expect(
                NonMaximumSuppression.keptIndices(boxes: boxes, scores: scores, threshold: threshold)
                    == item["nms"].ints, "\(key)")
            #expect(
                NonMaximumSuppression.keptIndices(
                    boxes: boxes, scores: scores, classes: labels, threshold: threshold)
                    == item["batched_nms"].ints, "\(key)")
        }
    }

    @Test func suppressionOfEdgeCases() throws {
        let edge = try Fixture("nms", in: .module)["edge"]
        let kept = NonMaximumSuppression.keptIndices(
            boxes: edge["boxes"].elements.map { Corners($0.floats) }, scores: edge["scores"].floats,
            threshold: edge["threshold"].double)
        #expect(kept == edge["nms"].ints)
        #expect(NonMaximumSuppression.keptIndices(boxes: [], scores: [], threshold: 0.5).isEmpty)
        #expect(NonMaximumSuppression.keptIndices(boxes: [], scores: [], classes: [], threshold: 0.5).isEmpty)
    }

    @Test(arguments: ["small", "large"]) func inputTransform(name: String) throws {
        let all = try Fixture("transform", in: .module)
        let fixture = all["cases"][name]
        let transform = InputTransform(minimumSize: fixture["min_size"].int, maximumSize: fixture["max_size"].int)
        let samples = all["images"].elements.enumerated().map { index, entry in
            let height = entry[1].int, width = entry[2].int
            return TrainingSample(
                image: Image(
                    width: width, height: height, bytes: Formula.image(entry[0].string, width: width, height: height)),
                boxes: fixture["boxes"][index].elements.map { Corners($0.floats) },
                classIndices: Array(repeating: 1, count: fixture["boxes"][index].elements.count),
                flippedHorizontally: false)
        }
        let batch = TrainingBatch(samples: samples, transform: transform)
        #expect([samples.count, 3, batch.height, batch.width] == fixture["batch_shape"].ints)
        let pixels = batch.height * batch.width
        let values = Formula.sampleIndices(total: batch.pixels.count, count: 512).map { index in
            batch.pixels[(index / (3 * pixels) * pixels + index % pixels) * 3 + index / pixels % 3]
        }
        #expect(relativeError(values, fixture["batch"]["samples"].floats) < 1e-5)
        for (index, target) in batch.targets.enumerated() {
            for (box, expected) in zip(target.boxes, fixture["resized_boxes"][index].elements) {
                #expect(relativeError(box.array, expected.floats) < 1e-6)
            }
        }
    }

    @Test func inputSizes() throws {
        for entry in try Fixture("transform", in: .module)["sizes"].elements {
            let transform = InputTransform(minimumSize: entry["min_size"].int, maximumSize: entry["max_size"].int)
            let size = transform.resizedSize(width: entry["image"][1].int, height: entry["image"][0].int)
            let padded = transform.paddedSize([size])
            #expect([size.height, size.width] == entry["resized"].ints)
            #expect([padded.height, padded.width] == entry["padded"].ints)
        }
    }
}
