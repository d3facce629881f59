import NeedletailDatasets
import NeedletailGeometry

/// One thing that a repair changed.
public struct DatasetChange: Codable, Hashable, Sendable {
    /// The identifier of the rule that asked for it.
    public var rule: String
    public var file: String
    public var record: String
    /// The image's file name.
    public var image: String?
    /// `removed`, `clipped`, `renumbered` ...
    public var action: String
    public var before: String?
    public var after: String?

    /// Whether something was taken out rather than mended.
    public var isRemoval: Bool { action.hasPrefix(Self.removal) }

    static let removal = "removed"
}

/// Corrects what has one right answer, and tells of every change.
///
/// Boxes that cannot be used are taken from the outline of the object, or else removed; those that reach beyond their
/// image are clipped, their polygons with them; swapped corners are put in order, numbers that are written as texts
/// become numbers, and categories that the file does not name are listed under their identifiers; identifiers that stand twice or are missing or 0 are given anew; records that name one thing twice are joined; sizes
/// are taken from the image files; images whose file is missing, cut off or cannot be decoded go with their boxes. What
/// takes a person's judgement (tiny or nearly repeated boxes, similar pictures, pictures in two splits ...) stays as it
/// is.
public struct DatasetRepair {
    public private(set) var dataset: Dataset
    public private(set) var changes: [DatasetChange] = []
    /// How many findings of each kind are left to a person.
    public private(set) var remaining: [DatasetIssue.Kind: Int] = [:]

    private var removedImages: Set<Int> = []
    private var removedAnnotations: Set<Int> = []
    private var images: [Int: ImageRecord] = [:]
    var annotations: [Int: Annotation] = [:]
    var polygons: [Int: [[Double]]] = [:]
    private var categories: [Category]
    private var categoryRows: [Int]
    private var joinedImages: [Int: Int] = [:]

    /// - Precondition: The report is of one dataset.
    public init(_ report: CheckReport) {
        precondition(report.subjects.count == 1, "a repair is of one dataset, not \(report.subjects.count)")
        dataset = report.subjects[0].dataset
        categories = dataset.categories
        categoryRows = Array(categories.indices)
        for (note, issue) in zip(report.notes, report.issues) {
            if !repair(note, issue, report) { remaining[note.kind, default: 0] += 1 }
        }
        apply()
    }

    /// Returns whether nothing is left to do.
    private mutating func repair(_ note: CheckNote, _ issue: DatasetIssue, _ report: CheckReport) -> Bool {
        let row = Int(note.row)
        func log(_ action: String, _ before: String? = nil, _ after: String? = nil) {
            changes.append(
                DatasetChange(
                    rule: issue.kind.rawValue, file: issue.file, record: issue.record, image: issue.imageFileName,
                    action: action, before: before, after: after))
        }
        switch note.kind {
        case .unreadableRecord, .unknownReference: log(DatasetChange.removal, issue.detail)
        case .looseReference, .nonFiniteNumber: log("written as the dataset means it")
        case .textNumber: log("written as a number")
        case .unknownCategory, .unnamedCategory: log("listed under its id")
        case .swappedCorners:
            let (before, after) = putInOrder(row)
            log("corners put in order", before?.text, after.text)
        case .missingBox, .nonFiniteBox, .noArea:
            if let box = takeBoxOfOutline(row) {
                log("taken from its outline", dataset.annotations[row].box.text, box.text)
                return true
            }
            fallthrough
        case .outsideImage, .duplicateBox:
            guard removedAnnotations.insert(row).inserted else { return true }
            log(DatasetChange.removal, dataset.annotations[row].box.text)
        case .partlyOutsideImage:
            let (before, after) = clip(row)
            log(polygons[row] == nil ? "clipped" : "clipped with its polygons", before.text, after.text)
        case .doubtfulArea:
            var annotation = current(annotation: row)
            let before = annotation.area
            annotation.area = annotation.box.area
            annotations[row] = annotation
            log("area set to the box's", before.map { "\($0)" }, "\(annotation.box.area)")
        case .missingAnnotationID, .zeroAnnotationID, .duplicateAnnotationID:
            var annotation = current(annotation: row)
            let before = annotation.id
            guard annotation.id == dataset.annotations[row].id else { return true }
            let number = freeAnnotationID.next()
            annotation.id = number
            annotations[row] = annotation
            log("renumbered", before.map { "\($0)" }, annotation.id.map { "\($0)" })
        case .duplicateImageID:
            var image = current(image: row)
            let before = image.id
            let number = freeImageID.next()
            image.id = number
            images[row] = image
            log("renumbered", "\(before)", "\(image.id)")
        case .duplicateFileName:
            let name = dataset.images.fileName(of: row)
            guard let first = firstImages[name] else { return false }
            let (one, two) = (dataset.images[first], dataset.images[row])
            guard !one.hasSize || !two.hasSize || (one.width, one.height) == (two.width, two.height) else {
                return false
            }
            joinedImages[row] = joinedImages[first] ?? first
            removedImages.insert(row)
            log("joined", "\(two.id)", "\(one.id)")
        case .unknownImageSize, .sizeDisagreement:
            guard let (before, after) = takeSize(row, of: report) else { return false }
            log("size taken from the file", before, after)
        case .missingFile, .corruptFile, .truncatedFile:
            if report.isWholeFolderMissing(note) { return false }
            guard removedImages.insert(row).inserted else { return true }
            log("\(DatasetChange.removal) with its \(dataset.annotations(ofImage: row).count) boxes")
        case .duplicateImage:
            guard hasNothingNew(row, comparedWith: Int(note.other)) else { return false }
            guard removedImages.insert(row).inserted else { return true }
            log(DatasetChange.removal, issue.detail)
        case .duplicateCategoryID:
            let before = categories[row].id
            let number = freeCategoryID.next()
            categories[row].id = number
            log("renumbered", "\(before)", "\(categories[row].id)")
        case .duplicateCategoryName:
            guard let first = (0..<row).first(where: { categories[$0].name == categories[row].name }) else {
                return false
            }
            categoryRows[row] = first
            log("joined", "\(dataset.categories[row].id)", "\(dataset.categories[first].id)")
        default: return false
        }
        return true
    }

    // MARK: Records as they are becoming

    private lazy var freeAnnotationID = FreeIdentifiers(
        (0..<dataset.annotations.count).lazy.map { [dataset] in dataset.annotations.id(of: $0) })
    private lazy var freeImageID = FreeIdentifiers(dataset.images.lazy.map(\.id))
    private lazy var freeCategoryID = FreeIdentifiers(dataset.categories.lazy.map(\.id))
    private lazy var firstImages = Dictionary(
        dataset.images.enumerated().map { ($1.fileName, $0) }, uniquingKeysWith: { first, _ in first })

    func current(annotation row: Int) -> Annotation { annotations[row] ?? dataset.annotations[row] }
    private func current(image row: Int) -> ImageRecord { images[row] ?? dataset.images[row] }

    /// Takes the size of the image file, unless a box says that another picture is meant.
    private mutating func takeSize(_ row: Int, of report: CheckReport) -> (before: String, after: String)? {
        guard let information = report.pictures.information(ofImage: row, in: 0) else { return nil }
        let (width, height) = (information.width, information.height)
        let tolerance = Dataset.edgeTolerance
        let fits = dataset.annotations(ofImage: row).allSatisfy {
            let box = dataset.annotations.box(of: $0)
            return !box.hasArea || (box.x2 <= Double(width) + tolerance && box.y2 <= Double(height) + tolerance)
        }
        guard fits else { return nil }
        var image = current(image: row)
        let before = "\(image.width)x\(image.height)"
        (image.width, image.height) = (width, height)
        images[row] = image
        return (before, "\(width)x\(height)")
    }

    /// Whether an image has no boxes of its own, or the same as another.
    private func hasNothingNew(_ row: Int, comparedWith other: Int) -> Bool {
        func boxes(_ image: Int) -> [[String]] {
            dataset.annotations(ofImage: image).map {
                [dataset.annotations.box(of: $0).text, "\(dataset.annotations.category(of: $0))"]
            }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        let own = boxes(row)
        return own.isEmpty || own == boxes(other)
    }

    private mutating func apply() {
        let (annotations, images, joined) = (annotations, images, joinedImages)
        if !annotations.isEmpty || !joined.isEmpty {
            dataset.updateAnnotations { row, annotation in
                if let changed = annotations[row] { annotation = changed }
                if let image = joined[annotation.image] { annotation.image = image }
            }
        }
        if !polygons.isEmpty {
            dataset = dataset.withFields(ofAnnotations: { [polygons] row in
                polygons[row].map { [("segmentation", .polygons($0))] } ?? []
            })
        }
        if !images.isEmpty { dataset.updateImages { row, image in image = images[row] ?? image } }
        if !removedAnnotations.isEmpty || !removedImages.isEmpty {
            dataset = dataset.selecting(images: (0..<dataset.images.count).filter { !removedImages.contains($0) }) {
                !removedAnnotations.contains($0)
            }
        }
        let kept = categoryRows.indices.filter { categoryRows[$0] == $0 }
        guard categories != dataset.categories || kept.count < categories.count else { return }
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        dataset = dataset.mappingCategories(to: kept.map { categories[$0] }, rows: categoryRows.map { places[$0] })
    }
}

extension Box {
    /// As COCO writes it.
    var text: String { "[\(x), \(y), \(width), \(height)]" }
}
