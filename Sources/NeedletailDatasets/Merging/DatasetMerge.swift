import NeedletailSystem

/// Several datasets as one.
///
/// Categories are one where their names are, under the identifier of the first dataset that has them. Identifiers of
/// images, annotations and categories stay where they are free, and are given anew where an earlier dataset has them.
/// An image that several datasets annotate, which means the same file, stands once with the boxes of all. File names
/// are told from the deepest folder that all images lie in, unless all datasets tell theirs from one, and stay unique.
public struct DatasetMerge: Sendable {
    public let dataset: Dataset
    /// What was reconciled and how, in words, for people to look at.
    public private(set) var conflicts: [String] = []
    /// How many identifiers of images and annotations were given anew, and how many images were joined.
    public private(set) var renumberedImages = 0
    public private(set) var renumberedAnnotations = 0
    public private(set) var joinedImages = 0

    /// - Parameter names: What messages call the datasets.
    /// - Precondition: As many names as datasets, and at least one.
    public init(_ datasets: [Dataset], names: [String]) {
        self.init(datasets, names: names, folder: nil, joinsImages: true)
    }

    /// - Parameters:
    ///   - folder: The image folder of the whole, if all images lie in it.
    ///   - joinsImages: Whether an image that several datasets annotate stands once.
    init(_ datasets: [Dataset], names: [String], folder: String?, joinsImages: Bool) {
        precondition(datasets.count == names.count && !datasets.isEmpty, "\(datasets.count) datasets")
        var merged = Dataset.concatenating(datasets)
        let (categories, rows) = Self.reconciled(
            merged.categories,
            owners: zip(datasets, names).flatMap { dataset, name in dataset.categories.map { _ in name } },
            conflicts: &conflicts)
        merged = merged.mappingCategories(to: categories, rows: rows)
        merged = Self.withImageFolder(merged, datasets, folder)
        let joined =
            joinsImages
            ? Self.sameFiles(in: merged, names: names, starts: Self.starts(datasets), conflicts: &conflicts) : [:]
        var imageIDs = FreeIdentifiers(merged.images.lazy.map(\.id))
        var annotationIDs = FreeIdentifiers((0..<merged.annotations.count).lazy.map { merged.annotations.id(of: $0) })
        var images = 0, annotations = 0
        merged.updateImages { row, image in
            guard joined[row] == nil, let id = imageIDs.replacement(for: image.id) else { return }
            image.id = id
            images += 1
        }
        merged.updateAnnotations { row, annotation in
            if let image = joined[annotation.image] { annotation.image = image }
            guard let own = annotation.id, let id = annotationIDs.replacement(for: own) else { return }
            annotation.id = id
            annotations += 1
        }
        if !joined.isEmpty {
            merged = merged.selecting(images: merged.images.indices.filter { joined[$0] == nil })
        }
        dataset = merged
        (renumberedImages, renumberedAnnotations, joinedImages) = (images, annotations, joined.count)
    }

    // MARK: Categories

    /// One category for each name, and for all categories in their order the one they become.
    ///
    /// - Parameter owners: What messages call the dataset of each.
    private static func reconciled(
        _ all: [Category], owners datasets: [String], conflicts: inout [String]
    ) -> (categories: [Category], rows: [Int?]) {
        var categories: [Category] = []
        var places: [String: (place: Int, owner: String)] = [:]
        var owners: [RecordID: (name: String, owner: String)] = [:]
        var rows: [Int?] = []
        var free = FreeIdentifiers(all.lazy.map(\.id))
        for (category, owner) in zip(all, datasets) {
            if let (place, first) = places[category.name] {
                rows.append(place)
                let kept = categories[place]
                if kept.id != category.id, first != owner {
                    conflicts.append(
                        "\(category.name) is \(kept.id) in \(first) and \(category.id) in \(owner): it becomes "
                            + "\(kept.id)")
                }
                if let parent = category.supercategory, let other = kept.supercategory, parent != other {
                    conflicts.append(
                        "\(category.name) belongs to \(other) in \(first) and to \(parent) in \(owner): it stays "
                            + "with \(other)")
                }
                continue
            }
            var category = category
            if let (name, first) = owners[category.id] {
                let before = category.id
                category.id = free.next()
                conflicts.append(
                    "\(before) is \(name) in \(first) and \(category.name) in \(owner): \(category.name) becomes "
                        + "\(category.id)")
            }
            owners[category.id] = (category.name, owner)
            places[category.name] = (categories.count, owner)
            rows.append(categories.count)
            categories.append(category)
        }
        return (categories, rows)
    }

    // MARK: Images

    /// The merged dataset with one image folder and file names that are told from it.
    private static func withImageFolder(_ merged: Dataset, _ datasets: [Dataset], _ wanted: String?) -> Dataset {
        let folders = datasets.map { FilePath.absolute($0.imageFolder ?? ".") }
        guard Set(folders).count > 1 || datasets.contains(where: \.hasImagesElsewhere) else {
            var merged = merged
            merged.imageFolder = datasets[0].imageFolder
            return merged
        }
        let files = datasets.flatMap { dataset in
            dataset.images.indices.map { FilePath.absolute(dataset.imagePath(ofImage: $0)) }
        }
        let wanted = wanted.flatMap { folder in
            files.allSatisfy { !FilePath.relative($0, to: folder).hasPrefix("/") } ? folder : nil
        }
        let common = wanted ?? FilePath.commonFolder(folders + files.map { FilePath.parent(of: $0) })
        let paths = files.map { FilePath.relative($0, to: common) }
        var result = merged
        result.imageFolder = common
        result.updateImages { row, image in image.fileName = paths[row] }
        return result
    }

    private static func starts(_ datasets: [Dataset]) -> [Int] {
        datasets.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.images.count) }
    }

    /// For each image whose file an image of an earlier dataset has, that image.
    private static func sameFiles(
        in merged: Dataset, names: [String], starts: [Int], conflicts: inout [String]
    ) -> [Int: Int] {
        var first: [String: (row: Int, owner: Int)] = [:]
        var joined: [Int: Int] = [:]
        var owner = 0
        for row in 0..<merged.images.count {
            while row >= starts[owner + 1] { owner += 1 }
            let name = merged.images.fileName(of: row)
            guard let other = first[name] else {
                first[name] = (row, owner)
                continue
            }
            // Twice in one dataset is that dataset's own affair.
            guard other.owner != owner else { continue }
            let (one, two) = (merged.images[other.row], merged.images[row])
            if one.hasSize, two.hasSize, (one.width, one.height) != (two.width, two.height) {
                conflicts.append(
                    "\(name) is \(one.width)x\(one.height) in \(names[other.owner]) and \(two.width)x\(two.height) in "
                        + "\(names[owner]): both are kept")
                continue
            }
            joined[row] = other.row
        }
        return joined
    }
}

/// Identifiers that no record has yet.
package struct FreeIdentifiers {
    private var taken: Set<RecordID> = []
    private var last: Int

    /// - Parameter identifiers: All that occur anywhere; nil where a record has none.
    package init(_ identifiers: some Sequence<RecordID?>) {
        // An identifier at the end of the range leaves no room above it.
        last = max(identifiers.lazy.compactMap { $0?.integer }.filter { $0 < .max >> 1 }.max() ?? 0, 0)
    }

    package init(_ identifiers: some Sequence<RecordID>) {
        self.init(identifiers.lazy.map { .some($0) })
    }

    package mutating func next() -> RecordID {
        last += 1
        return .integer(last)
    }

    /// A new identifier where an earlier record has this one, or nil.
    package mutating func replacement(for id: RecordID) -> RecordID? {
        taken.insert(id).inserted ? nil : next()
    }
}
