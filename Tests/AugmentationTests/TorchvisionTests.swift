import Foundation
import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import Testing

/// Agreement with torchvision's v2 functional; the fixtures are written by `References/make_cases.py`.
@Suite struct TorchvisionTests {
    @Test func pixelsAgree() throws {
        let lines = try SmallPicture.fixture("pixels")
        #expect(lines.count == 55)
        for line in lines {
            let recipe = try AugmentationRecipe(line[0])
            let image = try recipe.apply(to: LabeledImage(image: SmallPicture.image(), objects: [])).image
            #expect([image.width, image.height] == [Int(line[1]), Int(line[2])], "\(line[0])")
            let digits = Array(line[3].utf8)
            try #require(digits.count == 2 * image.bytes.count)
            var compared = 0
            var differences: [Int] = []
            for (index, byte) in image.bytes.enumerated() {
                let text = String(decoding: digits[2 * index..<2 * index + 2], as: UTF8.self)
                guard let expected = UInt8(text, radix: 16) else { continue }
                compared += 1
                if byte != expected { differences.append(abs(Int(byte) - Int(expected))) }
            }
            #expect(compared * 4 > image.bytes.count, "\(line[0]): \(compared) pixels")
            // Sums in another order, or the reciprocal of a division, may fall on the other side of a whole number.
            #expect(differences.allSatisfy { $0 <= 1 }, "\(line[0]): \(differences.max() ?? 0)")
            #expect(differences.count * 50 <= compared, "\(line[0]): \(differences.count) of \(compared) differ")
        }
    }

    @Test func boxesAgree() throws {
        let boxes = [(10.0, 10.0, 30.0, 25.0), (50.5, 20.25, 90, 70), (0, 0, 100, 80), (95, 70, 100, 80)]
        let objects = boxes.enumerated().map { k, box in
            LabeledImage.Object(box: Box(x1: box.0, y1: box.1, x2: box.2, y2: box.3), label: k)
        }
        let sample = LabeledImage(image: Image(width: 100, height: 80), objects: objects)
        let lines = try SmallPicture.fixture("boxes")
        #expect(lines.count == 10)
        for line in lines {
            let numbers = line[1].split(separator: " ").compactMap { Double($0) }
            try #require(numbers.count == 16)
            let rules = BoxRules(minimumSide: 0, minimumArea: 0, minimumVisibility: 0)
            let moved = try AugmentationRecipe(line[0]).apply(to: sample, rules: rules).objects
            // torchvision has the coefficients of a perspective in single precision.
            let tolerance = line[0].hasPrefix("perspective") ? 1e-5 : 1e-9
            for k in 0..<4 {
                let expected = Box(
                    x1: numbers[4 * k], y1: numbers[4 * k + 1], x2: numbers[4 * k + 2], y2: numbers[4 * k + 3])
                guard expected.hasArea else {
                    #expect(!moved.contains { $0.label == k }, "\(line[0]), box \(k)")
                    continue
                }
                let box = try #require(moved.first { $0.label == k }?.box, "\(line[0]), box \(k)")
                for (ours, theirs) in [
                    (box.x, expected.x), (box.y, expected.y), (box.x2, expected.x2), (box.y2, expected.y2),
                ] {
                    #expect(abs(ours - theirs) < tolerance, "\(line[0]), box \(k): \(box)")
                }
            }
        }
    }
}
