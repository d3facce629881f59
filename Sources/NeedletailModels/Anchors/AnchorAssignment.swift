import NeedletailGeometry

/// How anchors are given objects to predict.
public enum AnchorAssignment: Codable, Hashable, Sendable {
    /// By thresholds of IoU that are the same for all objects, as RetinaNet has it.
    case overlap(AnchorMatcher)
    /// By thresholds that objects set for themselves.
    case adaptive(AdaptiveAnchorSelection)

    /// The object of each anchor, ``AnchorMatcher/background`` or ``AnchorMatcher/ignored``; anchors are counted over all
    /// levels.
    func matches(anchors: [[Corners]], anchorsPerCell: Int, objects: [Corners]) -> [Int32] {
        switch self {
        case .overlap(let matcher):
            matcher.matches(anchors: Array(anchors.joined()), objects: objects)
        case .adaptive(let selection):
            selection.matches(anchors: anchors, anchorsPerCell: anchorsPerCell, objects: objects)
        }
    }
}
