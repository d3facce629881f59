import NeedletailCheckpoints
import NeedletailPlatform

/// Operators that choose: the greatest numbers, the boxes that remain.
extension Interpreter {
    /// A box's corners, of two opposite ones in any order or of its centre and size.
    private static func corners(_ box: ArraySlice<Float>, isCentered: Bool) -> SIMD4<Float> {
        let (a, b, c, d) = (
            box[box.startIndex], box[box.startIndex + 1], box[box.startIndex + 2], box[box.startIndex + 3]
        )
        return isCentered
            ? SIMD4(a - c / 2, b - d / 2, a + c / 2, b + d / 2) : SIMD4(min(a, c), min(b, d), max(a, c), max(b, d))
    }

    private static func overlap(_ one: SIMD4<Float>, _ other: SIMD4<Float>) -> Float {
        let width = min(one.z, other.z) - max(one.x, other.x), height = min(one.w, other.w) - max(one.y, other.y)
        guard width > 0, height > 0 else { return 0 }
        let areas = (one.z - one.x) * (one.w - one.y) + (other.z - other.x) * (other.w - other.y)
        return width * height / (areas - width * height)
    }

    static let selections: [String: Operation] = [
        "TopK": { evaluation in
            let tensor = try evaluation.tensor()
            let count =
                evaluation.optional(1) == nil ? try evaluation.node.integer("k", or: 0) : try evaluation.scalar(1)
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: -1), rank: tensor.rank)
            let isGreatest = try evaluation.node.flag("largest", or: true)
            let isSorted = try evaluation.node.flag("sorted", or: true)
            let order = tensor.shape.indices.filter { $0 != axis } + [axis], length = tensor.shape[axis]
            guard (0...length).contains(count) else {
                throw NodeProblem("there are no \(count) among \(length) numbers")
            }
            let numbers = tensor.transposed(order), rows = length == 0 ? 0 : tensor.count / length
            func best<Number: Comparable>(_ values: [Number]) -> [[Int]] {
                (0..<rows).map { row in
                    let places = row * length..<(row + 1) * length
                    let ranked = places.sorted {
                        values[$0] == values[$1]
                            ? $0 < $1 : isGreatest ? values[$0] > values[$1] : values[$0] < values[$1]
                    }
                    let chosen = Array(ranked.prefix(count))
                    return isSorted ? chosen : chosen.sorted()
                }
            }
            let chosen: [[Int]]
            switch numbers.numbers {
            case .floats(let values): chosen = best(values)
            case .integers(let values): chosen = best(values)
            }
            var shape = numbers.shape
            shape[shape.count - 1] = count
            var inverse = order
            for (place, axis) in order.enumerated() { inverse[axis] = place }
            let indices = chosen.enumerated().flatMap { row, places in places.map { Int64($0 - row * length) } }
            return [
                numbers.picked(chosen.flatMap { $0 }, shape: shape).transposed(inverse),
                ONNXTensor(indices, shape: shape).transposed(inverse),
            ]
        },
        "NonMaxSuppression": { evaluation in
            let boxes = try evaluation.tensor(0), scores = try evaluation.tensor(1)
            guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0],
                boxes.shape[1] == scores.shape[2]
            else { throw NodeProblem("boxes of \(boxes.shape) and scores of \(scores.shape) do not fit each other") }
            let limit = evaluation.optional(2) == nil ? 0 : max(try evaluation.scalar(2), 0)
            let threshold = evaluation.optional(3)?.floats.first ?? 0
            let least = evaluation.optional(4)?.floats.first
            let isCentered = try evaluation.node.flag("center_point_box")
            let count = boxes.shape[1], classes = scores.shape[1]
            let coordinates = try evaluation.floats(0), values = try evaluation.floats(1)
            var selected: [Int64] = []
            for image in 0..<boxes.shape[0] {
                let places = (0..<count).map { box in
                    let start = (image * count + box) * 4
                    return corners(coordinates[start..<start + 4], isCentered: isCentered)
                }
                for category in 0..<classes {
                    let start = (image * classes + category) * count
                    let ranked = (0..<count).filter { least == nil || values[start + $0] > least ?? 0 }
                        .sorted { (values[start + $1], $0) < (values[start + $0], $1) }
                    var kept: [Int] = []
                    for candidate in ranked where kept.count < limit {
                        if kept.allSatisfy({ overlap(places[$0], places[candidate]) <= threshold }) {
                            kept.append(candidate)
                        }
                    }
                    selected += kept.flatMap { [Int64(image), Int64(category), Int64($0)] }
                }
            }
            return [ONNXTensor(selected, shape: [selected.count / 3, 3])]
        },
        "Unique": { evaluation in
            guard try evaluation.node.integer("axis") == nil else {
                throw NodeProblem("unique parts along an axis are not computed", kind: .unsupported)
            }
            let tensor = try evaluation.tensor(), isSorted = try evaluation.node.flag("sorted", or: true)
            func distinct<Number: Hashable & Comparable>(_ values: [Number]) -> (
                first: [Int], inverse: [Int], counts: [Int]
            ) {
                var first: [Number: Int] = [:], counts: [Number: Int] = [:]
                for (place, value) in values.enumerated() {
                    if first[value] == nil { first[value] = place }
                    counts[value, default: 0] += 1
                }
                let order = first.sorted { isSorted ? $0.key < $1.key : $0.value < $1.value }
                let numbers = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1.key, $0) })
                return (order.map(\.value), values.map { numbers[$0] ?? 0 }, order.map { counts[$0.key] ?? 0 })
            }
            let found: (first: [Int], inverse: [Int], counts: [Int])
            switch tensor.numbers {
            case .floats(let values): found = distinct(values)
            case .integers(let values): found = distinct(values)
            }
            func integers(_ values: [Int]) -> ONNXTensor { ONNXTensor(values.map(Int64.init), shape: [values.count]) }
            return [
                tensor.picked(found.first, shape: [found.first.count]), integers(found.first), integers(found.inverse),
                integers(found.counts),
            ]
        },
    ]
}
