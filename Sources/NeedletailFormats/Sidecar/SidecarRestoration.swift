import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Puts back what a format could not hold, from the sidecar of a dataset that was read.
///
/// An annotation that is as it was written becomes what it was, in its old place. Of one that was changed the format's
/// own values count, and it keeps its identifier where its place tells which it was. What the format does hold (a flag,
/// a field, a polygon, an image's size) counts as read.
struct SidecarRestoration {
    private let kept: Dataset
    private let read: Dataset
    private let capabilities: FormatCapabilities
    private let pairing: DatasetPairing
    private let fields: RestoredFields
    private var builder: DatasetBuilder
    private var imageRows: [Int32] = []
    private var categoryRows: [Int32] = []
    private var annotationRows: [Int32] = []

    static func restore(_ read: Dataset, from kept: Dataset, format: DatasetFormat) -> Dataset {
        var restoration = SidecarRestoration(read, kept, format)
        restoration.restoreImages()
        restoration.restoreCategories()
        restoration.restoreAnnotations()
        return restoration.finish()
    }

    private init(_ read: Dataset, _ kept: Dataset, _ format: DatasetFormat) {
        self.read = read
        self.kept = kept
        capabilities = format.capabilities
        pairing = DatasetPairing(original: kept, copy: read, format: format)
        builder = DatasetBuilder(provenance: read.provenance)
        builder.imageFolder = read.imageFolder
        builder.sources = kept.sources + read.sources
        builder.layout = kept.layout
        builder.refusals = read.refused
        fields = RestoredFields(kept: kept, read: read, capabilities: capabilities, source: builder.sources.count)
    }

    private func moved(_ origin: RecordOrigin) -> RecordOrigin { origin.moved(by: kept.sources.count) }

    private mutating func restoreImages() {
        imageRows = Array(repeating: -1, count: read.images.count)
        // The old names, if the images are where those say.
        let keepsNames = pairing.imageOfCopy.indices.prefix(1).allSatisfy { row in
            let isThere = Folder.exists(read.imagePath(ofImage: row))
            guard isThere, pairing.imageOfCopy[row] >= 0, let folder = read.imageFolder else { return true }
            return Folder.exists("\(folder)/\(kept.images.fileNames[Int(pairing.imageOfCopy[row])])")
        }
        for row in 0..<kept.images.count {
            let place = Int(pairing.imageOfOriginal[row])
            guard place >= 0 else { continue }
            imageRows[place] = Int32(builder.images.count)
            var image = kept.images[row]
            let other = read.images[place]
            if capabilities.imageSizes, other.hasSize { (image.width, image.height) = (other.width, other.height) }
            if !keepsNames { image.fileName = other.fileName }
            builder.images.append(
                image, origin: fields.image(row, place) ?? kept.images.origins[row],
                describedIn: read.images.descriptionFile(of: place))
        }
        var ids = Set((0..<builder.images.count).map { builder.images.ids[$0] })
        for row in 0..<read.images.count where imageRows[row] < 0 {
            imageRows[row] = Int32(builder.images.count)
            var image = read.images[row]
            image.id = Self.freeID(image.id, in: &ids)
            builder.images.append(
                image, origin: moved(read.images.origins[row]), describedIn: read.images.descriptionFile(of: row))
        }
    }

    private mutating func restoreCategories() {
        let names = kept.categories.map { pairing.writtenName($0.name) }
        let known = Set(read.categories.map(\.name))
        var places: [String: Int] = [:]
        for (row, category) in kept.categories.enumerated() {
            // Where categories without boxes are written, one that is gone was removed.
            if capabilities.unusedCategories, !known.contains(names[row]) { continue }
            if places[names[row]] == nil { places[names[row]] = builder.categories.count }
            builder.categories.append(category)
        }
        var ids = Set(builder.categories.map(\.id))
        for category in read.categories {
            if let place = places[category.name] {
                categoryRows.append(Int32(place))
                continue
            }
            var category = category
            category.id = Self.freeID(category.id, in: &ids)
            category.origin = moved(category.origin)
            categoryRows.append(Int32(builder.categories.count))
            builder.categories.append(category)
        }
    }

    /// The identifier itself, or the lowest number above all when another record has it.
    private static func freeID(_ id: RecordID, in ids: inout Set<RecordID>) -> RecordID {
        if ids.insert(id).inserted { return id }
        let highest = ids.compactMap(\.integer).max() ?? 0
        let free = RecordID.integer(highest == .max ? 1 : highest + 1)
        ids.insert(free)
        return free
    }

    private mutating func restoreAnnotations() {
        var copies = [Int32](repeating: -1, count: kept.annotations.count)
        for row in 0..<read.annotations.count where pairing.sameOfCopy[row] >= 0 {
            copies[Int(pairing.sameOfCopy[row])] = Int32(row)
        }
        annotationRows = Array(repeating: -1, count: read.annotations.count)
        // Where two categories share a name the kept one tells which it was.
        let keptPlaces = keptCategoryPlaces()
        for row in 0..<kept.annotations.count {
            let copy = Int(copies[row])
            let image = pairing.imageOfOriginal[Int(kept.annotations.images[row])]
            // What could not be written is still there, as long as its image is.
            guard copy >= 0 || (!pairing.isFound[row] && !pairing.isWritable(row) && image >= 0) else { continue }
            guard let category = keptPlaces[Int(kept.annotations.categories[row])] else { continue }
            builder.annotations.append(
                kept.annotations, row: row, image: imageRows[Int(image)], category: category,
                origin: kept.annotations.origins[row])
            guard copy >= 0 else { continue }
            annotationRows[copy] = Int32(builder.annotations.count - 1)
            takeOver(copy, from: row)
        }
        var ids = Set((0..<builder.annotations.count).map { builder.annotations.ids[$0] })
        for row in 0..<read.annotations.count where pairing.sameOfCopy[row] < 0 {
            builder.annotations.append(
                read.annotations, row: row, image: imageRows[Int(read.annotations.images[row])],
                category: categoryRows[Int(read.annotations.categories[row])],
                origin: moved(read.annotations.origins[row]))
            annotationRows[row] = Int32(builder.annotations.count - 1)
            let former = pairing.formerOfCopy[row]
            let id = former >= 0 ? kept.annotations[Int(former)].id : nil
            builder.annotations.ids.replaceLast(with: Self.freeID(id ?? read.annotations.ids[row], in: &ids))
        }
    }

    private func keptCategoryPlaces() -> [Int32?] {
        let places = Dictionary(builder.categories.enumerated().map { ($1.origin.isNone ? nil : $1.origin, Int32($0)) })
        {
            first, _ in first
        }
        let byName = Dictionary(builder.categories.enumerated().map { ($1.name, Int32($0)) }) { first, _ in first }
        return kept.categories.map { places[$0.origin.isNone ? nil : $0.origin] ?? byName[$0.name] }
    }

    /// What the format holds of an annotation counts as read.
    private mutating func takeOver(_ copy: Int, from row: Int) {
        let last = builder.annotations.count - 1
        let annotation = read.annotations[copy]
        if capabilities.crowds, annotation.isCrowd != kept.annotations[row].isCrowd {
            builder.annotations.flags[last].insert(.hasCrowd)
            builder.annotations.flags[last].set(.isCrowd, annotation.isCrowd)
        }
        if capabilities.difficult { builder.annotations.flags[last].set(.isDifficult, annotation.isDifficult) }
        guard let change = fields.annotation(row, copy) else { return }
        builder.annotations.origins[last] = change.origin
        if change.hasOtherPolygon {
            builder.annotations.boxes[last] = read.annotations.boxes[copy]
            builder.annotations.areas[last] = read.annotations.areas[copy]
        }
    }

    private mutating func finish() -> Dataset {
        builder.sources.append(fields.source)
        builder.remarks = read.remarks.compactMap { remark in
            var remark = remark
            let row = Int(remark.row)
            switch remark.subject {
            case .image: remark.row = imageRows[row]
            case .annotation: remark.row = annotationRows[row]
            case .category: remark.row = categoryRows[row]
            case .file: return remark
            }
            return remark.row < 0 ? nil : remark
        }
        return builder.build()
    }
}

extension AnnotationTable.Flags {
    fileprivate mutating func set(_ flag: Self, _ isSet: Bool) {
        if isSet { insert(flag) } else { remove(flag) }
    }
}
