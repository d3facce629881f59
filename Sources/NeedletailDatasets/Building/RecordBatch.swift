import NeedletailGeometry
import NeedletailSystem

/// What a reader found in some of a dataset's files: images with their objects, categories by name.
///
/// Readers of many files fill one batch a thread; ``DatasetBuilder/append(_:order:)`` puts them together.
package final class RecordBatch {
    package private(set) var images = ImageTable()
    package private(set) var annotations = AnnotationTable()
    /// Whether the image of a row came with an identifier, likewise annotations.
    private(set) var hasImageIDs: [Bool] = []
    package private(set) var categoryNames: [String] = []
    package private(set) var extras: ExtrasArena
    /// A record that is refused leaves nothing behind for the next one.
    package var refusals: [AnnotationError] = [] {
        didSet {
            hasTextNumber = false
            extras.discard()
        }
    }
    package private(set) var remarks: [ReadingRemark] = []
    /// Whether a number of the record in progress is written as a text.
    package var hasTextNumber = false
    private var hasDegeneratePolygon = false
    private var rows: [String: Int] = [:]

    /// - Parameter source: The place of the batch's extras in the dataset's list of sources.
    package init(source: Int) {
        extras = ExtrasArena(source: source)
    }

    /// Adds an image with the members that ``extras`` gathered.
    package func addImage(
        id: RecordID? = nil, name: String, width: Int, height: Int, describedIn file: String? = nil
    ) {
        images.append(
            ImageRecord(id: id ?? 0, fileName: name, width: width, height: height), origin: extras.finish(),
            describedIn: file)
        hasImageIDs.append(id != nil)
        if hasTextNumber { remarkOnImage(.textNumber, "width or height") }
        hasTextNumber = false
    }

    /// Remarks on the image that was added last.
    package func remarkOnImage(_ kind: DatasetIssue.Kind, _ detail: String) {
        remarks.append(ReadingRemark(kind, .image, row: images.count - 1, detail))
    }

    /// Remarks on an image by its row.
    package func remark(_ kind: DatasetIssue.Kind, ofImage row: Int, _ detail: String) {
        remarks.append(ReadingRemark(kind, .image, row: row, detail))
    }

    /// Remarks on the image that is added next.
    package func remarkOnNextImage(_ kind: DatasetIssue.Kind, _ detail: String) {
        remarks.append(ReadingRemark(kind, .image, row: images.count, detail))
    }

    /// Remarks on the object that is added next.
    package func remarkOnNextObject(_ kind: DatasetIssue.Kind, _ detail: String) {
        remarks.append(ReadingRemark(kind, .annotation, row: annotations.count, detail))
    }

    /// Remarks on the whole file.
    package func remarkOnFile(_ kind: DatasetIssue.Kind, _ detail: String) {
        remarks.append(ReadingRemark(kind, .file, detail))
    }

    /// Adds an object of polygons `x, y, x, y ...` with their extent as its box, unless the format gives one.
    package func addPolygons(
        _ polygons: [[Double]], category: Int, image: Int? = nil, box: Box? = nil, isCrowd: Bool = false,
        isDifficult: Bool = false
    ) {
        extras.add("segmentation", .polygons(polygons))
        hasDegeneratePolygon = !polygons.allSatisfy(isUsablePolygon)
        addObject(
            image: image, category: category, box: box ?? Box(around: polygons.flatMap(\.self)),
            area: polygons.reduce(0) { $0 + polygonArea($1) }.derived, isCrowd: isCrowd, isDifficult: isDifficult)
    }

    package func addPolygon(_ points: [Double], category: Int) { addPolygons([points], category: category) }

    /// The row of a category, which is made if it is new.
    package func category(_ name: String) -> Int {
        if let row = rows[name] { return row }
        rows[name] = categoryNames.count
        categoryNames.append(name)
        return categoryNames.count - 1
    }

    /// Adds an object with the members that ``extras`` gathered.
    ///
    /// A box whose corners are swapped is the same one with its corners in order.
    ///
    /// - Parameters:
    ///   - image: The row of its image, the last one unless given.
    ///   - category: As ``category(_:)`` numbers them.
    ///   - area: The area of the box where a format has none.
    package func addObject(
        id: RecordID? = nil, image: Int? = nil, category: Int, box: Box?, area: Double? = nil, isCrowd: Bool = false,
        isDifficult: Bool = false, hasNoArea: Bool = false, hasSwappedCorners: Bool = false
    ) {
        var flags = AnnotationTable.Flags()
        if box == nil { flags.insert(.hasNoBox) }
        if hasNoArea { flags.insert(.hasNoArea) }
        let isReversed = box?.isReversed ?? false
        if isReversed || hasSwappedCorners { flags.insert(.hasSwappedCorners) }
        if hasTextNumber { flags.insert(.hasTextNumber) }
        if hasDegeneratePolygon { flags.insert(.hasDegeneratePolygon) }
        (hasTextNumber, hasDegeneratePolygon) = (false, false)
        let box = isReversed ? box?.inOrder : box
        annotations.append(
            Annotation(
                id: id, image: image ?? images.count - 1, category: category,
                box: box ?? Box(x: 0, y: 0, width: 0, height: 0), area: area ?? box?.area.derived, crowd: isCrowd,
                isDifficult: isDifficult),
            flags: flags, origin: extras.finish())
    }
}

extension RecordBatch {
    /// Whether what a remark is about was added after all.
    fileprivate func holdsSubject(of remark: ReadingRemark) -> Bool {
        switch remark.subject {
        case .image: images.indices.contains(Int(remark.row))
        case .annotation: annotations.indices.contains(Int(remark.row))
        case .category, .file: true
        }
    }
}

extension DatasetBuilder {
    /// In which order categories stand that no list of the dataset names.
    package enum CategoryOrder {
        case byName, asFound
    }

    /// Appends what readers found, in their order.
    ///
    /// Categories get the rows of ``categories`` with their name; new ones follow, numbered on. Images and
    /// annotations without an identifier are numbered from 1 by their place. The extras of the batches become the
    /// sources from the place that each was told.
    ///
    /// - Parameter rows: The row of each category by what the batches call it, where that is not its name.
    package mutating func append(
        _ batches: [RecordBatch], order: CategoryOrder = .byName, categoryRows rows: [String: Int]? = nil
    ) {
        var rows = rows ?? Dictionary(categories.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var new: [String] = []
        for name in batches.lazy.flatMap(\.categoryNames) where rows[name] == nil {
            rows[name] = -1
            new.append(name)
        }
        if order == .byName { new.sort() }
        var numbers = UnusedNumbers(besides: categories.compactMap(\.id.integer))
        for name in new {
            rows[name] = categories.count
            categories.append(Category(id: .integer(numbers.next()), name: name))
        }
        for batch in batches {
            let firstImage = images.count
            remarks += batch.remarks.filter(batch.holdsSubject).map {
                $0.moved(images: firstImage, annotations: annotations.count)
            }
            for row in 0..<batch.images.count {
                var image = batch.images[row]
                if !batch.hasImageIDs[row] { image.id = .integer(firstImage + row + 1) }
                images.append(
                    image, origin: batch.images.origins[row], describedIn: batch.images.descriptionFile(of: row))
            }
            let categoryRows = batch.categoryNames.map { Int32(rows[$0] ?? 0) }
            annotations.append(batch.annotations, firstImage: Int32(firstImage), categories: categoryRows)
            sources.append(ByteSource(synthetic: batch.extras.buffer, path: provenance.path))
            for refusal in batch.refusals { refusals.append(refusal, list: "", place: nil) }
        }
    }
}

extension AnnotationTable {
    /// Appends another table whose images and categories have other rows there; missing identifiers are numbered.
    fileprivate mutating func append(_ other: AnnotationTable, firstImage: Int32, categories rows: [Int32]) {
        let first = count
        for row in 0..<other.count {
            ids.append(other.flags[row].contains(.hasID) ? other.ids[row] : .integer(first + row + 1))
        }
        images.append(contentsOf: other.images.lazy.map { $0 + firstImage })
        categories.append(contentsOf: other.categories.lazy.map { rows[Int($0)] })
        boxes.append(contentsOf: other.boxes)
        areas.append(contentsOf: other.areas)
        flags.append(contentsOf: other.flags.lazy.map { $0.union(.hasID) })
        origins.append(contentsOf: other.origins)
    }
}
