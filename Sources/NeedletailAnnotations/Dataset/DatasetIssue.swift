import NeedletailGeometry

/// Something in a dataset that is kept as it is but worth knowing, and what will be done about it.
public struct DatasetIssue: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case missingBox
        case nonFiniteBox
        case noArea
        case tinyBox
        case outsideImage
        case partlyOutsideImage
        case looseReference
        case nonFiniteNumber
        case duplicateAnnotationID
        case duplicateImageID
        case duplicateFileName
        case unknownImageSize
        case duplicateCategoryID
        case duplicateCategoryName
        case everyAnnotationIsCrowd
    }

    public var kind: Kind
    /// The file that holds the record.
    public var file: String
    /// The record, as `annotations[17] (id 40)`.
    public var record: String
    /// The row of the image concerned.
    public var image: Int?
    /// The row of the annotation concerned.
    public var annotation: Int?
    /// The image's file name.
    public var imageFileName: String?
    public var box: Box?

    public var description: String {
        var text = "\(file): \(record)"
        if let imageFileName, annotation != nil { text += " of \(imageFileName)" }
        text += ": \(kind.problem)"
        if let box, kind != .missingBox { text += ", box (\(box.x), \(box.y), \(box.width), \(box.height))" }
        return "\(text); \(kind.resolution)"
    }
}

extension DatasetIssue.Kind {
    /// What is the matter, in a few words.
    public var problem: String {
        switch self {
        case .missingBox: "no box"
        case .nonFiniteBox: "a coordinate is not a finite number"
        case .noArea: "the box has no area"
        case .tinyBox: "the box is one pixel or less in one direction"
        case .outsideImage: "the box lies outside the image"
        case .partlyOutsideImage: "the box reaches beyond the image"
        case .looseReference: "an identifier is a text here and a number where it is defined, or the reverse"
        case .nonFiniteNumber: "NaN or Infinity, which is not JSON"
        case .duplicateAnnotationID: "another annotation has the same id"
        case .duplicateImageID: "another image has the same id"
        case .duplicateFileName: "another image has the same file name"
        case .unknownImageSize: "width or height is missing or not positive"
        case .duplicateCategoryID: "another category has the same id"
        case .duplicateCategoryName: "another category has the same name"
        case .everyAnnotationIsCrowd: "every annotation is marked as a crowd"
        }
    }

    /// What is done about it.
    public var resolution: String {
        switch self {
        case .missingBox, .nonFiniteBox: "kept in the dataset, left out of training and evaluation"
        case .noArea, .tinyBox, .outsideImage: "kept in the dataset, left out of training"
        case .partlyOutsideImage: "kept in the dataset, clipped to the image in training"
        case .looseReference: "matched all the same, written as where it is defined"
        case .nonFiniteNumber: "written as null"
        case .duplicateAnnotationID, .duplicateFileName, .duplicateCategoryName: "both are kept"
        case .duplicateImageID, .duplicateCategoryID: "both are kept, annotations belong to the first"
        case .unknownImageSize: "boxes are not checked against the image"
        case .everyAnnotationIsCrowd: "nothing is left to train on: set iscrowd to 0 where single objects are meant"
        }
    }
}

/// An issue as the dataset stores it.
struct IssueNote: Hashable, Sendable {
    var kind: DatasetIssue.Kind
    /// The row in the table that the kind is about.
    var row: Int32
}
