import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// One object of a CVAT file for video: its shapes in some frames, between which it moves evenly.
struct CVATTrack {
    struct Key {
        var frame: Int
        var shape: CVATShape
        /// Whether the object is out of the picture from here on.
        var isOutside: Bool
    }

    let label: String
    let id: String?
    private var keys: [Key] = []

    init(label: String, id: String?) {
        (self.label, self.id) = (label, id)
    }

    /// The last frame of which a shape tells.
    var lastFrame: Int { keys.map(\.frame).max() ?? -1 }

    mutating func append(_ key: Key) { keys.append(key) }

    /// Calls `body` with the shape in each frame in which the object is seen.
    ///
    /// - Parameter end: The frame behind the last one; a shape that nothing ends stays until there.
    func forEachShape(before end: Int, _ body: (Int, CVATShape) throws -> Void) rethrows {
        let keys = keys.sorted { $0.frame < $1.frame }
        for (place, key) in keys.enumerated() where !key.isOutside {
            let next = place + 1 < keys.count ? keys[place + 1] : nil
            // Of two shapes in one frame the later one counts.
            if next?.frame == key.frame { continue }
            try body(key.frame, key.shape)
            let stop = next?.frame ?? end
            guard stop > key.frame + 1 else { continue }
            for frame in key.frame + 1..<stop {
                let share = next.map { Double(frame - key.frame) / Double($0.frame - key.frame) }
                let moved = next.flatMap { next in
                    next.isOutside ? nil : share.map { key.shape.moved(towards: next.shape, by: $0) }
                }
                try body(frame, moved ?? key.shape)
            }
        }
    }
}

extension CVATShape {
    /// The shape on its way to another one of the same track; itself where the two cannot be told to be one.
    ///
    /// - Parameter share: Of the way, 0 to 1.
    func moved(towards other: CVATShape, by share: Double) -> CVATShape {
        func between(_ one: Double, _ other: Double) -> Double { (one + (other - one) * share).derived }
        func between(_ one: Box, _ other: Box) -> Box {
            Box(
                left: between(one.x, other.x), top: between(one.y, other.y), right: between(one.x2, other.x2),
                bottom: between(one.y2, other.y2))
        }
        var moved = self
        switch (geometry, other.geometry) {
        case (.box(let one), .box(let other)): moved.geometry = .box(between(one, other))
        case (.box, .turned), (.turned, .box), (.turned, .turned):
            guard let one = turned, let two = other.turned else { return self }
            // The shorter way around.
            let way = (two.degrees - one.degrees).remainder(dividingBy: 360)
            moved.geometry = .turned(
                TurnedBox(between(one.box, two.box), degrees: (one.degrees + way * share).derived),
                hasSwappedCorners: false)
        case (.polygon(let one), .polygon(let other)) where one.count == other.count:
            moved.geometry = .polygon(zip(one, other).map(between))
        case (.ellipse(let one), .ellipse(let other)):
            moved.geometry = .ellipse(
                Ellipse(
                    cx: between(one.cx, other.cx), cy: between(one.cy, other.cy), rx: between(one.rx, other.rx),
                    ry: between(one.ry, other.ry), degrees: between(one.degrees, other.degrees)))
        default: break
        }
        return moved
    }

    private var turned: TurnedBox? {
        switch geometry {
        case .box(let box): TurnedBox(box, degrees: 0)
        case .turned(let turned, _): turned
        default: nil
        }
    }
}
