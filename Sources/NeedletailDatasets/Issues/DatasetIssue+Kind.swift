import NeedletailSystem

extension DatasetIssue {
    /// The rules that datasets are held against. Raw values are identifiers that do not change.
    ///
    /// Reading a dataset looks for those that bear on training and evaluation; the others are found when a
    /// dataset is checked, some of them only with the image files or with several datasets at once.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        // Records.
        case unreadableRecord = "record-unreadable"
        case unknownReference = "reference-unknown"
        case unknownCategory = "category-unknown"
        case looseReference = "reference-loose"
        case textNumber = "number-as-text"
        case nonFiniteNumber = "number-not-finite"
        case missingAnnotationID = "annotation-id-missing"
        case zeroAnnotationID = "annotation-id-zero"
        case duplicateAnnotationID = "annotation-id-duplicate"
        case duplicateImageID = "image-id-duplicate"
        case duplicateFileName = "image-name-duplicate"
        case unknownImageSize = "image-size-unknown"
        case emptyImage = "image-without-boxes"
        case unnamedCategory = "category-name-missing"
        case duplicateCategoryID = "category-id-duplicate"
        case duplicateCategoryName = "category-name-duplicate"
        case similarCategoryName = "category-name-similar"
        case unusedCategory = "category-unused"
        case crowdOnlyCategory = "category-all-crowd"
        case everyAnnotationIsCrowd = "crowd-everywhere"
        // Files.
        case missingLabels = "labels-missing"
        case labelsElsewhere = "labels-elsewhere"
        case labelWithoutImage = "label-without-image"
        case unannotatedImage = "image-not-annotated"
        case missingSplit = "split-missing"
        case unreadableName = "file-name-not-text"
        case repeatedFolder = "folder-twice"
        case assumedCategory = "category-assumed"
        case classCount = "class-count"
        // What a reader cannot take over as it stands.
        case contentLeftOut = "content-left-out"
        case boxFromShape = "box-from-shape"
        case ambiguousRows = "rows-ambiguous"
        case classAttribute = "class-attribute"
        case severalClasses = "class-ambiguous"
        case missingClass = "class-missing"
        case severalAnnotators = "annotators-several"
        // Boxes.
        case shareCoordinates = "box-in-shares"
        case swappedCorners = "box-corners-swapped"
        case missingBox = "box-missing"
        case nonFiniteBox = "box-not-finite"
        case noArea = "box-without-area"
        case tinyBox = "box-tiny"
        case outsideImage = "box-outside-image"
        case partlyOutsideImage = "box-beyond-image"
        case duplicateBox = "box-duplicate"
        case nearlyDuplicateBox = "box-near-duplicate"
        case doubtfulArea = "area-doubtful"
        case degeneratePolygon = "polygon-degenerate"
        // Image files.
        case missingFile = "image-missing"
        case corruptFile = "image-corrupt"
        case truncatedFile = "image-truncated"
        case damagedFile = "image-damaged"
        case sizeDisagreement = "image-size-disagreement"
        case doubtfulOrientation = "image-orientation"
        case severalPictures = "image-of-several"
        case duplicateImage = "image-duplicate"
        case nearDuplicateImage = "image-near-duplicate"
        // Several datasets.
        case leakedImage = "split-leak"
        case nearlyLeakedImage = "split-near-leak"
        case categoryDisagreement = "split-category-id"
        case categoryMissingInSplit = "split-category-missing"
    }

    /// How much an issue matters.
    public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Training or evaluation with the record is wrong or impossible.
        case error
        /// Probably a mistake, or something that other tools stumble over.
        case warning
        /// Worth knowing; common in good datasets.
        case note

        public static func < (left: Severity, right: Severity) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }
}

extension DatasetIssue.Kind {
    public var severity: DatasetIssue.Severity {
        switch self {
        case .unreadableRecord, .unknownReference, .unknownCategory, .duplicateAnnotationID, .duplicateImageID,
            .duplicateCategoryID, .everyAnnotationIsCrowd, .shareCoordinates, .nonFiniteBox, .noArea, .outsideImage,
            .missingFile,
            .corruptFile,
            .truncatedFile, .sizeDisagreement, .leakedImage, .categoryDisagreement:
            .error
        case .looseReference, .textNumber, .nonFiniteNumber, .missingAnnotationID, .zeroAnnotationID,
            .duplicateFileName, .unknownImageSize, .unnamedCategory, .duplicateCategoryName, .similarCategoryName,
            .crowdOnlyCategory, .contentLeftOut, .ambiguousRows, .classAttribute, .severalClasses, .missingClass,
            .swappedCorners, .missingBox, .tinyBox, .partlyOutsideImage, .duplicateBox, .doubtfulArea,
            .degeneratePolygon, .damagedFile, .doubtfulOrientation, .duplicateImage, .nearlyLeakedImage,
            .categoryMissingInSplit, .missingLabels, .labelWithoutImage, .missingSplit, .unreadableName,
            .severalAnnotators, .classCount:
            .warning
        case .emptyImage, .unusedCategory, .boxFromShape, .nearlyDuplicateBox, .nearDuplicateImage, .severalPictures,
            .labelsElsewhere, .repeatedFolder, .assumedCategory, .unannotatedImage:
            .note
        }
    }

    /// What is the matter, in a few words.
    public var problem: String {
        switch self {
        case .unreadableRecord: "the record cannot be read"
        case .unknownReference: "its image or category is not in the file"
        case .unknownCategory: "annotations are of a category that the file does not list"
        case .looseReference: "an identifier is a text here and a number where it is defined, or the reverse"
        case .textNumber: "a number is written as a text"
        case .nonFiniteNumber: "NaN or Infinity, which is not JSON"
        case .missingAnnotationID: "the annotation has no id"
        case .zeroAnnotationID: "the annotation's id is 0, which pycocotools never matches"
        case .duplicateAnnotationID: "another annotation has the same id"
        case .duplicateImageID: "another image has the same id"
        case .duplicateFileName: "another image has the same file name"
        case .unknownImageSize: "width or height is missing or not positive"
        case .emptyImage: "the image has no boxes"
        case .unnamedCategory: "the file does not say what the category is called"
        case .duplicateCategoryID: "another category has the same id"
        case .duplicateCategoryName: "another category has the same name"
        case .similarCategoryName: "another category's name differs in case, spaces or signs only"
        case .unusedCategory: "the category has no boxes"
        case .crowdOnlyCategory: "every annotation of the category is marked as a crowd"
        case .everyAnnotationIsCrowd: "every annotation is marked as a crowd"
        case .missingLabels: "no image of the folder has a file of labels"
        case .labelsElsewhere: "the labels are not where other tools look for them"
        case .labelWithoutImage: "there is no image for the file of labels"
        case .unannotatedImage: "images of the folder have no file of annotations"
        case .missingSplit: "a split is named and not there"
        case .unreadableName: "the name of the file is not UTF-8"
        case .repeatedFolder: "the link leads to a folder that was read already"
        case .assumedCategory: "no column says the class"
        case .classCount: "the number of classes is not that of their names"
        case .shareCoordinates: "the boxes are shares of the images, from 0 to 1, and should be pixels"
        case .contentLeftOut: "the file holds what is not taken over"
        case .boxFromShape: "the object is not drawn as an upright box"
        case .ambiguousRows: "rows of this length may be polygons or poses"
        case .classAttribute: "more than one attribute may be the class"
        case .severalClasses: "the object has more than one class"
        case .missingClass: "the object has no class"
        case .severalAnnotators: "the image was annotated more than once"
        case .swappedCorners: "the corners of the box are swapped"
        case .missingBox: "no box"
        case .nonFiniteBox: "a coordinate is not a finite number"
        case .noArea: "the box has no area"
        case .tinyBox: "the box is one pixel or less in one direction"
        case .outsideImage: "the box lies outside the image"
        case .partlyOutsideImage: "the box reaches beyond the image"
        case .duplicateBox: "the same box of the same category stands twice"
        case .nearlyDuplicateBox: "almost the same box of the same category stands twice"
        case .doubtfulArea: "the area is not positive, or larger than the box"
        case .degeneratePolygon: "a polygon has fewer than three points or no area"
        case .missingFile: "the image file is not there"
        case .corruptFile: "the image file cannot be decoded"
        case .truncatedFile: "the image file ends early"
        case .damagedFile: "the image file is damaged but can be decoded"
        case .sizeDisagreement: "the image file has another size than the annotations say"
        case .doubtfulOrientation: "the image file is to be turned for display (EXIF), which tools handle differently"
        case .severalPictures: "the file holds several pictures, pages or frames"
        case .duplicateImage: "the same picture stands twice"
        case .nearDuplicateImage: "almost the same picture stands twice"
        case .leakedImage: "the same picture is in two splits"
        case .nearlyLeakedImage: "almost the same picture is in two splits"
        case .categoryDisagreement: "the category has another id or name in another split"
        case .categoryMissingInSplit: "the category has boxes in one split and none in another"
        }
    }

    /// What is done about it by everything that reads the dataset.
    public var resolution: Remedy {
        switch self {
        case .unreadableRecord, .unknownReference: "the dataset is not read; a corrected copy leaves the record out"
        case .missingLabels: "the images are read as images without objects"
        case .labelsElsewhere: "read from where they are"
        case .labelWithoutImage, .unannotatedImage: "left out"
        case .missingSplit: "the others are read"
        case .unreadableName: "the file is left out; rename it"
        case .repeatedFolder: "read once"
        case .assumedCategory: "every box is of one class"
        case .classCount: "the names count; other tools refuse the file"
        case .shareCoordinates:
            """
            kept, and no use for training: multiply x and width by the width of the image, y and height by its height, or \
            write them as YOLO, whose boxes are shares of the image
            """
        case .missingBox, .nonFiniteBox: "kept in the dataset, left out of training and evaluation"
        case .noArea, .tinyBox, .outsideImage: "kept in the dataset, left out of training"
        case .partlyOutsideImage: "kept in the dataset, clipped to the image in training"
        case .unknownCategory: "the dataset is not read; a corrected copy calls the category by its id"
        case .looseReference: "matched all the same, written as where it is defined"
        case .textNumber: "read and written as the number"
        case .nonFiniteNumber: "written as null"
        case .missingAnnotationID, .zeroAnnotationID: "kept as it is"
        case .duplicateAnnotationID, .duplicateFileName, .duplicateCategoryName, .similarCategoryName, .duplicateBox,
            .nearlyDuplicateBox, .duplicateImage, .nearDuplicateImage, .leakedImage, .nearlyLeakedImage:
            "both are kept"
        case .duplicateImageID, .duplicateCategoryID: "both are kept, annotations belong to the first"
        case .unknownImageSize:
            "taken from the image file where that is there; otherwise boxes are not checked against it"
        case .unnamedCategory: "called by its id"
        case .contentLeftOut: "left out"
        case .boxFromShape: "its extent is taken for the box"
        case .ambiguousRows: "read as polygons; kpt_shape in dataset.yaml says that they are poses"
        case .classAttribute: "choose with \(setting: .classAttribute)"
        case .severalClasses: "the first one is taken"
        case .missingClass: "called object"
        case .severalAnnotators:
            "the objects of all are read, so that one may stand twice; mark one annotation as the ground truth"
        case .swappedCorners: "its corners are put in order; evaluation asks for a corrected COCO file"
        case .degeneratePolygon: "its box is used in place of the polygons"
        case .everyAnnotationIsCrowd: "nothing is left to train on: set iscrowd to 0 where single objects are meant"
        case .crowdOnlyCategory: "the category cannot be trained on"
        case .emptyImage: "left out of training unless empty images are asked for"
        case .unusedCategory, .categoryMissingInSplit: "the class cannot be learnt or measured there"
        case .doubtfulArea: "used as it stands by the metrics' size ranges"
        case .missingFile, .corruptFile, .truncatedFile, .sizeDisagreement: "the image is set aside in training"
        case .damagedFile: "used as the decoder restores it"
        case .severalPictures: "the first one is read"
        case .doubtfulOrientation: "turned here so that it agrees with the annotated size"
        case .categoryDisagreement: "classes are matched by name here; tools that go by id mix them up"
        }
    }

    /// Whether the kind is found by looking into image files.
    public var needsPixels: Bool {
        switch self {
        case .missingFile, .corruptFile, .truncatedFile, .damagedFile, .sizeDisagreement, .doubtfulOrientation,
            .severalPictures, .duplicateImage, .nearDuplicateImage, .nearlyLeakedImage:
            true
        default: false
        }
    }

    /// The table that the kind is about.
    package enum Subject { case file, image, category, annotation }

    package var subject: Subject {
        switch self {
        case .missingBox, .nonFiniteBox, .noArea, .tinyBox, .outsideImage, .partlyOutsideImage, .looseReference,
            .nonFiniteNumber, .missingAnnotationID, .zeroAnnotationID, .duplicateAnnotationID, .duplicateBox,
            .nearlyDuplicateBox, .doubtfulArea, .textNumber, .swappedCorners, .degeneratePolygon, .boxFromShape,
            .severalClasses, .missingClass:
            .annotation
        case .unknownCategory, .unnamedCategory, .duplicateCategoryID, .duplicateCategoryName, .similarCategoryName,
            .unusedCategory,
            .crowdOnlyCategory, .categoryDisagreement, .categoryMissingInSplit:
            .category
        case .unreadableRecord, .unknownReference, .everyAnnotationIsCrowd, .missingLabels, .labelsElsewhere,
            .labelWithoutImage, .unannotatedImage, .missingSplit, .unreadableName, .repeatedFolder, .assumedCategory,
            .ambiguousRows, .classAttribute, .classCount, .shareCoordinates:
            .file
        default: .image
        }
    }
}
