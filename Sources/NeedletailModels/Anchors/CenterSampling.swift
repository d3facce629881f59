import NeedletailGeometry

/// Decides which object each place of a pyramid's maps should predict: one whose box holds the place near its centre and is
/// of the sizes that the map is for.
///
/// Tian et al., "FCOS: Fully Convolutional One-Stage Object Detection", 2019, with the centre sampling of its later version;
/// as torchvision's `FCOS`. A map is for boxes that reach from 4 to 8 of its anchors' sides away from the place, the finest
/// also for smaller ones and the coarsest for larger ones. Of several objects the smallest is predicted.
public struct CenterSampling: Hashable, Sendable {
    /// How far a place may be from the centre of its object along each axis, in sides of its anchor.
    public var radius: Float

    public init(radius: Float = 1.5) {
        self.radius = radius
    }

    /// The object of each place: an index into `objects` or ``AnchorMatcher/background``.
    ///
    /// - Parameter anchors: Of each level, square, one a place, around it.
    public func matches(anchors: [[Corners]], objects: [Corners]) -> [Int32] {
        // The reference prefers the least area by the greatest of these, in single precision: of objects that it makes no
        // difference between the first is taken.
        let preferences = objects.map { 1e8 - $0.area }
        let centers = objects.map(\.center)
        let last = anchors.count - 1
        return anchors.enumerated().flatMap { level, anchors in
            anchors.map { anchor in
                let place = anchor.center, side = anchor.width
                let low = level == 0 ? 0 : side * 4
                let high = level == last ? Float.infinity : side * 8
                var best = AnchorMatcher.background
                var greatest: Float = 1e-5
                for (object, box) in objects.enumerated() {
                    let offset = place - centers[object]
                    guard max(abs(offset.x), abs(offset.y)) < radius * side else { continue }
                    let distances = SIMD4(place.x - box.x1, place.y - box.y1, box.x2 - place.x, box.y2 - place.y)
                    guard distances.min() > 0, distances.max() > low, distances.max() < high else { continue }
                    if best < 0 ? preferences[object] >= greatest : preferences[object] > greatest {
                        best = Int32(object)
                        greatest = preferences[object]
                    }
                }
                return best
            }
        }
    }
}
