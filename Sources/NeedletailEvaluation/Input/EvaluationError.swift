/// Why an evaluation cannot go on: the image, the record and what to do about it.
public enum EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A box, a score, an id or a category that no metric is defined for.
    case invalidRecord(InvalidRecord)
    /// Settings that contradict themselves; the text names the setting and its limits.
    case invalidOptions(String)

    public var description: String {
        switch self {
        case .invalidRecord(let record): record.description
        case .invalidOptions(let reason): "invalid evaluation options: \(reason)"
        }
    }
}

/// One record of the input that cannot be evaluated.
public struct InvalidRecord: Hashable, Sendable, CustomStringConvertible {
    /// Which of the two lists given for an image the record stands in, or the image itself.
    public enum Source: String, Hashable, Sendable {
        case image
        case groundTruth = "ground truth"
        case detection
    }

    public enum Problem: String, Hashable, Sendable, CaseIterable {
        case duplicateImage
        case duplicateGroundTruthID
        case unknownCategory
        case nonFiniteBox
        case negativeSize
        case invalidArea
        case nonFiniteScore
    }

    public var problem: Problem
    public var source: Source
    public var imageID: Int
    /// Position in the list given to `add`, from 0; 0 for the image itself.
    public var index: Int
    /// The annotation's id; `nil` for detections, which have none.
    public var groundTruthID: Int?
    /// The category the record names; `nil` for an image.
    public var categoryID: Int?
    /// The offending value as text.
    public var value: String

    public var description: String {
        var place = "image \(imageID)"
        switch source {
        case .image: break
        case .groundTruth: place += ", ground truth \(groundTruthID ?? 0) (record \(index))"
        case .detection: place += ", detection \(index)"
        }
        if let categoryID, problem != .unknownCategory { place += " of category \(categoryID)" }
        return "\(place): \(explanation)"
    }

    private var explanation: String {
        switch problem {
        case .duplicateImage:
            "the image was already added; give all records of an image in one call"
        case .duplicateGroundTruthID:
            "annotation id \(value) is used twice; ids must be unique over the whole dataset"
        case .unknownCategory:
            "category \(value) is not one of the evaluated categories; map the ids first or add the category"
        case .nonFiniteBox:
            "the box \(value) is not finite; remove the record"
        case .negativeSize:
            "the box \(value) has a negative side; write it as left, top, width, height"
        case .invalidArea:
            "the area \(value) is negative or not finite; leave it out to use the area of the box"
        case .nonFiniteScore:
            "the score \(value) is not finite; remove the record"
        }
    }
}
