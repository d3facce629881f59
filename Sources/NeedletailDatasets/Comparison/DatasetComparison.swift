import NeedletailGeometry

/// Compares a dataset with what is read back after it was written in some format.
package struct DatasetComparison {
    private let original: Dataset
    private let copy: Dataset
    private let pairing: DatasetPairing
    private let categoryNames: [String]
    private var difference = DatasetDifference()

    private init(_ pairing: DatasetPairing) {
        original = pairing.original
        copy = pairing.copy
        self.pairing = pairing
        categoryNames = copy.categories.map(\.name)
    }

    /// What the copy of a pairing lacks or has otherwise.
    package static func difference(_ pairing: DatasetPairing) -> DatasetDifference {
        var comparison = DatasetComparison(pairing)
        comparison.compareImages()
        comparison.compareCategories()
        comparison.compareAnnotations()
        comparison.compareMembers()
        return comparison.difference
    }

    // MARK: Images

    private mutating func compareImages() {
        for row in 0..<original.images.count {
            let image = original.images[row]
            let name = image.fileName
            guard pairing.imageOfOriginal[row] >= 0 else {
                difference.note(original.annotations(ofImage: row).isEmpty ? "images without boxes" : "images", name)
                continue
            }
            let copied = copy.images[Int(pairing.imageOfOriginal[row])]
            if image.id != copied.id { difference.note("image ids", "\(name): \(image.id), now \(copied.id)") }
            if name != copied.fileName { difference.note("file names", "\(name), now \(copied.fileName)") }
            if image.width != copied.width || image.height != copied.height {
                difference.note(
                    "image sizes",
                    "\(name): \(image.width)x\(image.height), now \(copied.width)x\(copied.height)")
            }
            compareFields(
                original.fields(ofImage: row), copy.fields(ofImage: Int(pairing.imageOfOriginal[row])), of: "image",
                name)
        }
        for row in 0..<copy.images.count where pairing.imageOfCopy[row] < 0 {
            difference.note("images that were not there", copy.images.fileNames[row])
        }
    }

    private mutating func compareFields(
        _ fields: RecordFields, _ copied: RecordFields, of record: String, _ example: @autoclosure () -> String
    ) {
        for member in fields.members {
            let key = member.key.string
            let other = copied.members.last { $0.key.string == key }
            if let other, member.isSame(as: other) { continue }
            // A missing value is none.
            if other == nil, member.value.elementsEqual("null".utf8) { continue }
            difference.note("\(record) field \(key)", example())
        }
    }

    // MARK: Categories

    private mutating func compareCategories() {
        for (row, category) in original.categories.enumerated() {
            guard let place = categoryNames.firstIndex(of: category.name) else {
                let isUsed = original.annotations.categories.contains(Int32(row))
                difference.note(isUsed ? "category names" : "categories without boxes", category.name)
                continue
            }
            let copied = copy.categories[place]
            if category.id != copied.id {
                difference.note("category ids", "\(category.name): \(category.id), now \(copied.id)")
            }
            if category.supercategory != copied.supercategory { difference.note("supercategories", category.name) }
            compareFields(
                RecordFields(category.origin, of: original, except: RecordFields.categoryColumns),
                RecordFields(copied.origin, of: copy, except: RecordFields.categoryColumns), of: "category",
                category.name)
        }
    }

    // MARK: Annotations

    private mutating func compareAnnotations() {
        for row in 0..<copy.annotations.count {
            let same = pairing.sameOfCopy[row]
            let former = pairing.formerOfCopy[row]
            if same >= 0 {
                compareAnnotation(Int(same), row)
            } else if former >= 0 {
                let example = "\(original.recordName(ofAnnotation: Int(former))), now \(describe(copy, row))"
                difference.note("boxes", example)
                compareAnnotation(Int(former), row)
            } else {
                let example = describe(copy, row)
                difference.note("annotations that were not there", example)
            }
        }
        for row in 0..<original.annotations.count where !pairing.isFound[row] {
            difference.note(
                pairing.isWritable(row) ? "annotations" : "annotations without a usable box",
                original.recordName(ofAnnotation: row))
        }
    }

    private mutating func compareAnnotation(_ row: Int, _ copyRow: Int) {
        let annotation = original.annotations[row]
        let copied = copy.annotations[copyRow]
        let name = original.recordName(ofAnnotation: row)
        if let box = original.writableBox(row), let other = copy.writableBox(copyRow) {
            difference.noteCoordinates(DatasetPairing.difference(box, other))
        }
        if annotation.id != copied.id {
            difference.note(
                "annotation ids",
                "\(name): \(annotation.id.map { "\($0)" } ?? "none"), now "
                    + (copied.id.map { "\($0)" } ?? "none"))
        }
        if abs(annotation.resolvedArea - copied.resolvedArea) > 1e-6 * max(1, abs(annotation.resolvedArea)) {
            difference.note("areas", "\(name): \(annotation.resolvedArea), now \(copied.resolvedArea)")
        }
        if annotation.isCrowd != copied.isCrowd { difference.note("crowds", name) }
        if annotation.isDifficult != copied.isDifficult { difference.note("difficult objects", name) }
        compareFields(
            original.fields(ofAnnotation: row), copy.fields(ofAnnotation: copyRow), of: "annotation", name)
    }

    private func describe(_ dataset: Dataset, _ row: Int) -> String {
        let box = dataset.annotations.boxes[row]
        return
            "\(dataset.recordName(ofAnnotation: row)) of \(dataset.images.fileNames[Int(dataset.annotations.images[row])])"
            + ", box (\(box.x), \(box.y), \(box.width), \(box.height))"
    }

    // MARK: The rest

    private mutating func compareMembers() {
        let copied = Set(copy.memberNames)
        for name in original.memberNames where !copied.contains(name) {
            difference.note("the member \(name)", name)
        }
    }
}

extension Dataset {
    /// The names of what stands beside images, annotations and categories.
    fileprivate var memberNames: [String] {
        layout.compactMap { member in
            guard case .other(let source, let key, _) = member else { return nil }
            return String(decoding: sources[source].text[key], as: UTF8.self)
        }
    }
}
