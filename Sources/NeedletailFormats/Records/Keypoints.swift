import NeedletailDatasets
import NeedletailGeometry

/// The points of an object, as COCO's `keypoints` has them.
struct Keypoints {
    /// `x, y, visibility` of each in pixels: 0 for one that is not marked, 1 for one that is hidden, 2 for a visible one.
    private(set) var values: [Double] = []

    mutating func append(x: Double, y: Double, visibility: Double) { values += [x, y, visibility] }

    /// The extent of the marked points; of all where none is.
    var extent: Box? {
        let points = stride(from: 0, to: values.count - 2, by: 3)
        let marked = points.filter { values[$0 + 2] > 0 }
        return Box(around: (marked.isEmpty ? Array(points) : marked).flatMap { [values[$0], values[$0 + 1]] })
    }

    func add(to extras: ExtrasArena) {
        extras.add("keypoints", .doubles(values))
        let marked = stride(from: 2, to: values.count, by: 3).count { values[$0] > 0 }
        extras.add("num_keypoints", .integer(marked))
    }
}
