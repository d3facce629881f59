import Foundation
import NeedletailDatasets
import NeedletailGeometry
import NeedletailRandom

/// Datasets made in memory.
enum SmallDataset {
    /// - Parameter boxes: For each image its classes; every box is 10 wide and 20 high.
    static func make(_ boxes: [[Int]], classes: [String]) -> Dataset {
        Dataset(
            images: boxes.indices.map {
                ImageRecord(id: .integer($0 + 1), fileName: "\($0).jpg", width: 100, height: 100)
            },
            categories: classes.enumerated().map { Category(id: .integer($0 + 1), name: $1) },
            annotations: boxes.enumerated().flatMap { image, classes in
                classes.map { Annotation(image: image, category: $0, box: Box(x: 1, y: 2, width: 10, height: 20)) }
            })
    }

    /// Images with zero to four of six classes, the last of which are rare.
    static func random(_ count: Int, seed: UInt64) -> Dataset {
        var random = RandomStream(seed: seed)
        let boxes = (0..<count).map { _ in
            (0..<Int(random.next() % 5)).map { _ in Int(pow(Double(random.nextUnit()), 3) * 6) }
        }
        return make(boxes, classes: ["a", "b", "c", "d", "e", "f"])
    }
}

/// What a closure throws, as text.
func message(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}
