import NeedletailGeometry

/// What is wrong with a false positive or a missed object: the six kinds of TIDE (Bolya et al., "TIDE: A General
/// Toolbox for Identifying Object Detection Errors", ECCV 2020, section 2.2).
///
/// With `t_f` the foreground and `t_b` the background threshold, a false positive is of the first of these kinds
/// that applies. IoUs are with the objects of its image that are no crowds, already found or not:
///
/// 1. ``localization``: its highest IoU with an object of its own category is from `t_b` to `t_f`.
/// 2. ``classification``: its highest IoU with an object of another category is `t_f` or more.
/// 3. ``duplicate``: its IoU with an object of its own category that a better detection found is `t_f` or more.
/// 4. ``background``: its highest IoU with any object is `t_b` or less.
/// 5. ``both``: anything else; the place and the category are wrong.
///
/// An object that no detection found is ``missed`` unless a localisation or classification error points at it.
/// A detection that a crowd of its category absorbs is no error.
public enum ErrorKind: String, Hashable, Sendable, CaseIterable, Codable {
    case classification
    case localization
    case both
    case duplicate
    case background
    case missed
}

/// How often an error occurs and how much AP it costs: AP with the errors of this kind mended and everything else
/// as it is (TIDE, section 2.3), minus AP as it is.
///
/// * Classification and localisation: the detection becomes a true positive of the object it points at. Of
///   several that point at one object the most confident does, of either kind; the others are taken away, and
///   so is one whose object was found.
/// * Both, duplicate and background: the detection is taken away.
/// * Missed: the object need not be found.
///
/// AP is the 101-point average of COCO at one IoU threshold, over the categories with objects. A category whose
/// objects were all mended away counts as 0 while it has detections, and not at all without.
public struct ErrorCost: Hashable, Sendable {
    /// Over all detections, whatever their confidence.
    public var count: Int
    /// Every kind is mended alone, so that the costs do not add up to what is missing from 1; rarely one is below
    /// 0, where a class without objects left to find lowers the mean.
    public var averagePrecisionCost: Double
}

/// One error to look at.
public struct ErrorExample: Hashable, Sendable {
    public var imageID: Int
    public var kind: ErrorKind
    /// `nil` of a missed object.
    public var detection: Detection?
    /// The object it is about: the one mislocated, misnamed, found twice or missed; `nil` for ``ErrorKind/both``
    /// and ``ErrorKind/background``.
    public var groundTruth: GroundTruth?
    /// The IoU of the two, where there are two.
    public var iou: Double?
}
