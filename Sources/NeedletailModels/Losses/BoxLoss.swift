import NeedletailGeometry
import NeedletailPlatform

/// How far a predicted box is from the object it should enclose.
public enum BoxLoss: String, CaseIterable, Codable, Hashable, Sendable {
    /// The sum of absolute differences of the four offsets.
    case l1
    /// The same, but half the square of differences below 1. Girshick, "Fast R-CNN", 2015.
    case smoothL1 = "smooth-l1"
    /// One minus the generalised IoU of the boxes. Rezatofighi et al., "Generalized Intersection over Union", 2019.
    case generalizedIoU = "giou"
    /// One minus IoU, plus the squared distance of the centres as a share of the squared diagonal of the box around both.
    /// Zheng et al., "Distance-IoU Loss", 2019.
    case distanceIoU = "diou"
    /// The same, plus a term for the ratio of the sides. Zheng et al., 2019.
    case completeIoU = "ciou"

    /// Those that look at the boxes themselves, whatever a network's numbers are.
    public static let ofCorners: [BoxLoss] = [.generalizedIoU, .distanceIoU, .completeIoU]

    /// The loss of one anchor and its derivative with respect to the predicted offsets.
    public func valueAndDerivative(
        offsets: SIMD4<Float>, object: Corners, anchor: Corners, coder: BoxCoder
    ) -> (value: Float, derivative: SIMD4<Float>) {
        switch self {
        case .l1:
            let difference = offsets - coder.encode(object, anchor: anchor)
            let sign = SIMD4<Float>.zero
                .replacing(with: 1, where: difference .> 0).replacing(with: -1, where: difference .< 0)
            return ((difference * sign).sum(), sign)
        case .smoothL1:
            let difference = offsets - coder.encode(object, anchor: anchor)
            let clamped = difference.clamped(
                lowerBound: SIMD4(repeating: -1), upperBound: SIMD4(repeating: 1))
            // d²/2 within, |d| - 1/2 beyond: both are c (d - c/2) with c the clamped difference.
            return ((clamped * (difference - 0.5 * clamped)).sum(), clamped)
        case .generalizedIoU, .distanceIoU, .completeIoU:
            let box = coder.decode(offsets, anchor: anchor)
            let (value, byCorner) = valueAndDerivative(box: box, object: object)
            return (value, coder.derivative(byCorner, box: box, offsets: offsets, anchor: anchor))
        }
    }

    /// The loss of a box and its derivative with respect to its corners.
    ///
    /// - Precondition: The loss is one of ``ofCorners``.
    package func valueAndDerivative(box: Corners, object: Corners) -> (value: Float, byCorner: SIMD4<Float>) {
        let overlap = BoxOverlap(box, object)
        switch self {
        case .generalizedIoU: return overlap.generalizedIoULoss
        case .distanceIoU: return overlap.distanceIoULoss
        case .completeIoU: return overlap.completeIoULoss
        case .l1, .smoothL1: preconditionFailure("\(self) is a loss of offsets, not of corners")
        }
    }
}

/// What two boxes have in common, and the losses that follow from it.
///
/// Derivatives are those with respect to the corners of the first; `max` and `min` pass the gradient to the side they chose
/// and halve it at a tie, as the reference does.
private struct BoxOverlap {
    private static let epsilon: Float = 1e-7

    let box: Corners
    let object: Corners
    let overlaps: Bool
    let overlapWidth: Float
    let overlapHeight: Float
    let intersection: Float
    let union: Float
    let hullWidth: Float
    let hullHeight: Float

    init(_ box: Corners, _ object: Corners) {
        self.box = box
        self.object = object
        overlaps =
            min(box.x2, object.x2) > max(box.x1, object.x1) && min(box.y2, object.y2) > max(box.y1, object.y1)
        overlapWidth = min(box.x2, object.x2) - max(box.x1, object.x1)
        overlapHeight = min(box.y2, object.y2) - max(box.y1, object.y1)
        intersection = overlaps ? overlapWidth * overlapHeight : 0
        union = box.area + object.area - intersection
        hullWidth = max(box.x2, object.x2) - min(box.x1, object.x1)
        hullHeight = max(box.y2, object.y2) - min(box.y1, object.y1)
    }

    var generalizedIoULoss: (value: Float, byCorner: SIMD4<Float>) {
        let epsilon = Self.epsilon
        let hull = hullWidth * hullHeight
        let value = 1 - (intersection / (union + epsilon) - (hull - union) / (hull + epsilon))
        // loss = 1 - I/(U + ε) + (C - U)/(C + ε), with U = area + constant - I.
        let byUnion = intersection / ((union + epsilon) * (union + epsilon)) - 1 / (hull + epsilon)
        let byHull = (union + epsilon) / ((hull + epsilon) * (hull + epsilon))
        let byIntersection = (overlaps ? -1 / (union + epsilon) : 0) - byUnion
        let byCorner = derivative(byUnion: byUnion, byIntersection: byIntersection)
        return (value, adding(byHull * hullHeight, byHull * hullWidth, ofHullTo: byCorner))
    }

    var distanceIoULoss: (value: Float, byCorner: SIMD4<Float>) {
        let epsilon = Self.epsilon
        let diagonal = hullWidth * hullWidth + hullHeight * hullHeight + epsilon
        let offset = box.center - object.center
        let distance = (offset * offset).sum()
        let value = 1 - intersection / (union + epsilon) + distance / diagonal
        let byUnion = intersection / ((union + epsilon) * (union + epsilon))
        let byIntersection = (overlaps ? -1 / (union + epsilon) : 0) - byUnion
        var byCorner = derivative(byUnion: byUnion, byIntersection: byIntersection)
        // Each coordinate moves the centre by half.
        byCorner += SIMD4(offset.x, offset.y, offset.x, offset.y) / diagonal
        let byDiagonal = -distance / (diagonal * diagonal)
        return (value, adding(byDiagonal * 2 * hullWidth, byDiagonal * 2 * hullHeight, ofHullTo: byCorner))
    }

    var completeIoULoss: (value: Float, byCorner: SIMD4<Float>) {
        var (value, byCorner) = distanceIoULoss
        let width = box.width, height = box.height
        // A box without height is as flat as can be.
        let angle = atan(object.width / object.height) - atan(height > 0 ? width / height : Float.infinity)
        let factor = 4 / (Float.pi * Float.pi), shape = factor * angle * angle
        // How much the shape counts is taken for a constant, as in the paper.
        let weight = shape / (1 - intersection / (union + Self.epsilon) + shape + Self.epsilon)
        value += weight * shape
        let squares = width * width + height * height
        if squares > 0 {
            let byAngle = -2 * factor * angle * weight / squares
            let byWidth = byAngle * height, byHeight = -byAngle * width
            byCorner += SIMD4(-byWidth, -byHeight, byWidth, byHeight)
        }
        return (value, byCorner)
    }

    /// The share of a derivative that reaches the box's own coordinate through `max` or `min`.
    private func share(_ chosen: Bool, tie: Bool) -> Float { tie ? 0.5 : (chosen ? 1 : 0) }

    private func derivative(byUnion: Float, byIntersection: Float) -> SIMD4<Float> {
        let width = box.width, height = box.height
        var byCorner = SIMD4(-height, -width, height, width) * byUnion
        if overlaps {
            byCorner.x -= byIntersection * overlapHeight * share(box.x1 > object.x1, tie: box.x1 == object.x1)
            byCorner.y -= byIntersection * overlapWidth * share(box.y1 > object.y1, tie: box.y1 == object.y1)
            byCorner.z += byIntersection * overlapHeight * share(box.x2 < object.x2, tie: box.x2 == object.x2)
            byCorner.w += byIntersection * overlapWidth * share(box.y2 < object.y2, tie: box.y2 == object.y2)
        }
        return byCorner
    }

    /// With what follows from the width and height of the box around both.
    private func adding(_ byWidth: Float, _ byHeight: Float, ofHullTo derivative: SIMD4<Float>) -> SIMD4<Float> {
        var byCorner = derivative
        byCorner.x -= byWidth * share(box.x1 < object.x1, tie: box.x1 == object.x1)
        byCorner.y -= byHeight * share(box.y1 < object.y1, tie: box.y1 == object.y1)
        byCorner.z += byWidth * share(box.x2 > object.x2, tie: box.x2 == object.x2)
        byCorner.w += byHeight * share(box.y2 > object.y2, tie: box.y2 == object.y2)
        return byCorner
    }
}
