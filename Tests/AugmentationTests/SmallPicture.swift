import Foundation
import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import NeedletailRandom
import Testing

/// The picture that `References/make_cases.py` draws, and pictures like it.
enum SmallPicture {
    static func image(width: Int = 23, height: Int = 17, seed: UInt64 = 7) -> Image {
        var random = RandomStream(seed: seed)
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for base in [x * 11, 255 - y * 15, x * 5 + y * 9] {
                    bytes.append(UInt8(clamping: base + Int(random.next() % 61) - 30))
                }
            }
        }
        return Image(width: width, height: height, bytes: bytes)
    }

    /// Of 64 by 48 pixels, with five objects.
    static func sample(seed: UInt64) -> LabeledImage {
        var random = RandomStream(seed: seed, name: "boxes")
        let objects = (0..<5).map { k in
            LabeledImage.Object(
                box: Box(
                    x: Double(random.next() % 40), y: Double(random.next() % 30), width: 8 + Double(random.next() % 16),
                    height: 6 + Double(random.next() % 12)), label: k)
        }
        return LabeledImage(image: image(width: 64, height: 48, seed: seed), objects: objects)
    }

    static let pool = ImagePool(count: 6) { sample(seed: 100 + UInt64($0)) }

    /// Lines of a fixture, parted at bars; comments left out.
    static func fixture(_ name: String) throws -> [[String]] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "txt"))
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: "|").map(String.init) }
    }
}
