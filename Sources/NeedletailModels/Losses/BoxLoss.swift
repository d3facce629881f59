import NeedletailGeometry
import NeedletailPlatform

/// How far a predicted box is from the object it should enclose.
public enum BoxLoss: String, Codable, Hashable, Sendable {
    /// The sum of absolute differences of the four offsets.
    case l1
    /// One minus the generalised IoU of the boxes. Rezatofighi et al., "Generalized Intersection over Union", 2019.
    case generalizedIoU

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
        case .generalizedIoU:
            return generalizedIoU(offsets: offsets, object: object, anchor: anchor, coder: coder)
        }
    }

    /// By the chain rule over corners, centre and size; `max` and `min` pass the gradient to the side they chose and
    /// halve it at a tie, as the reference does.
    private func generalizedIoU(
        offsets: SIMD4<Float>, object: Corners, anchor: Corners, coder: BoxCoder
    ) -> (value: Float, derivative: SIMD4<Float>) {
        let epsilon: Float = 1e-7
        let box = coder.decode(offsets, anchor: anchor)
        let overlaps =
            min(box.x2, object.x2) > max(box.x1, object.x1) && min(box.y2, object.y2) > max(box.y1, object.y1)
        let overlapWidth = min(box.x2, object.x2) - max(box.x1, object.x1)
        let overlapHeight = min(box.y2, object.y2) - max(box.y1, object.y1)
        let intersection = overlaps ? overlapWidth * overlapHeight : 0
        let union = box.area + object.area - intersection
        let hullWidth = max(box.x2, object.x2) - min(box.x1, object.x1)
        let hullHeight = max(box.y2, object.y2) - min(box.y1, object.y1)
        let hull = hullWidth * hullHeight
        let value = 1 - (intersection / (union + epsilon) - (hull - union) / (hull + epsilon))

        // loss = 1 - I/(U + ε) + (C - U)/(C + ε), with U = area + constant - I.
        let byUnion = intersection / ((union + epsilon) * (union + epsilon)) - 1 / (hull + epsilon)
        let byHull = (union + epsilon) / ((hull + epsilon) * (hull + epsilon))
        let byIntersection = (overlaps ? -1 / (union + epsilon) : 0) - byUnion

        /// The share of a derivative that reaches the box's own coordinate through `max` or `min`.
        func share(_ chosen: Bool, tie: Bool) -> Float { tie ? 0.5 : (chosen ? 1 : 0) }
        let width = box.width, height = box.height
        var byCorner = SIMD4(-height, -width, height, width) * byUnion
        if overlaps {
            byCorner.x -= byIntersection * overlapHeight * share(box.x1 > object.x1, tie: box.x1 == object.x1)
            byCorner.y -= byIntersection * overlapWidth * share(box.y1 > object.y1, tie: box.y1 == object.y1)
            byCorner.z += byIntersection * overlapHeight * share(box.x2 < object.x2, tie: box.x2 == object.x2)
            byCorner.w += byIntersection * overlapWidth * share(box.y2 < object.y2, tie: box.y2 == object.y2)
        }
        byCorner.x -= byHull * hullHeight * share(box.x1 < object.x1, tie: box.x1 == object.x1)
        byCorner.y -= byHull * hullWidth * share(box.y1 < object.y1, tie: box.y1 == object.y1)
        byCorner.z += byHull * hullHeight * share(box.x2 > object.x2, tie: box.x2 == object.x2)
        byCorner.w += byHull * hullWidth * share(box.y2 > object.y2, tie: box.y2 == object.y2)

        let anchorWidth = anchor.width, anchorHeight = anchor.height
        let isWidthLimited = offsets.z / coder.weights.z > BoxCoder.sizeLimit
        let isHeightLimited = offsets.w / coder.weights.w > BoxCoder.sizeLimit
        let derivative =
            SIMD4<Float>(
                (byCorner.x + byCorner.z) * anchorWidth,
                (byCorner.y + byCorner.w) * anchorHeight,
                isWidthLimited ? 0 : (byCorner.z - byCorner.x) * 0.5 * width,
                isHeightLimited ? 0 : (byCorner.w - byCorner.y) * 0.5 * height) / coder.weights
        return (value, derivative)
    }
}
