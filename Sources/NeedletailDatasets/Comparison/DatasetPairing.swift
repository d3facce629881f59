import NeedletailGeometry

/// Which records of a dataset are those of another: of the original and of what a format made of it.
///
/// Images belong together by file name. Annotations of one image belong together when they have the same category
/// name and the same box, up to rounding; of what is then left, those of one category do in their order.
package struct DatasetPairing {
    /// For each image of the original its row in the copy, or -1.
    package private(set) var imageOfOriginal: [Int32]
    /// For each image of the copy its row in the original, or -1.
    package private(set) var imageOfCopy: [Int32]
    /// For each annotation of the copy the row of the same one in the original, or -1.
    package private(set) var sameOfCopy: [Int32]
    /// For each annotation of the copy that has no same one, the row of the one it was perhaps made of, or -1.
    package private(set) var formerOfCopy: [Int32]
    /// For each annotation of the original whether the copy has it, the same or changed.
    package private(set) var isFound: [Bool]

    let original: Dataset
    let copy: Dataset
    private let categoryNames: [String]
    private let comparesPolygons: Bool
    /// What a format calls a category.
    package let writtenName: (String) -> String

    /// A difference of less than this many pixels is rounding, not a change.
    package static let tolerance = 0.01

    /// - Parameters:
    ///   - comparesPolygons: Whether what the copy was read from holds polygons.
    ///   - writtenImages: What it calls each image of the original, where not by its own name.
    ///   - writtenName: What it calls a category.
    package init(
        original: Dataset, copy: Dataset, comparesPolygons: Bool, writtenImages: [String]? = nil,
        writtenName: @escaping (String) -> String
    ) {
        self.original = original
        self.copy = copy
        self.comparesPolygons = comparesPolygons
        self.writtenName = writtenName
        categoryNames = original.categories.map { writtenName($0.name) }
        imageOfOriginal = Array(repeating: -1, count: original.images.count)
        imageOfCopy = Array(repeating: -1, count: copy.images.count)
        sameOfCopy = Array(repeating: -1, count: copy.annotations.count)
        formerOfCopy = sameOfCopy
        isFound = Array(repeating: false, count: original.annotations.count)
        pairImages(called: writtenImages)
        for row in imageOfCopy.indices where imageOfCopy[row] >= 0 { pairAnnotations(Int(imageOfCopy[row]), row) }
    }

    private mutating func pairImages(called names: [String]?) {
        let matcher = ImageMatcher(original.images)
        let rows = names.map { Dictionary($0.enumerated().map { ($1, $0) }) { first, _ in first } }
        for row in 0..<copy.images.count {
            let name = copy.images.fileNames[row]
            guard let match = rows?[name] ?? matcher.row(ofName: name), imageOfOriginal[match] < 0 else {
                continue
            }
            imageOfOriginal[match] = Int32(row)
            imageOfCopy[row] = Int32(match)
        }
    }

    private mutating func pairAnnotations(_ originalImage: Int, _ copyImage: Int) {
        let originals = original.annotations(ofImage: originalImage)
        let copies = copy.annotations(ofImage: copyImage)
        // They are most often in the same order, so that the next one is the one.
        var next = originals.startIndex
        for row in copies {
            let order = [next..<originals.endIndex, originals.startIndex..<next].lazy.joined()
            guard let place = order.first(where: { !isFound[originals[$0]] && isSame(originals[$0], row) }) else {
                continue
            }
            sameOfCopy[row] = Int32(originals[place])
            isFound[originals[place]] = true
            next = place + 1
        }
        for row in copies where sameOfCopy[row] < 0 {
            let name = copy.categories[Int(copy.annotations.categories[row])].name
            let former = originals.first { candidate in
                !isFound[candidate] && isWritable(candidate)
                    && categoryNames[Int(original.annotations.categories[candidate])] == name
            }
            guard let former else { continue }
            formerOfCopy[row] = Int32(former)
            isFound[former] = true
        }
    }

    /// Whether an annotation of the original has a box that formats can write.
    package func isWritable(_ row: Int) -> Bool { original.writableBox(row) != nil }

    private func isSame(_ row: Int, _ copyRow: Int) -> Bool {
        guard
            categoryNames[Int(original.annotations.categories[row])]
                == copy.categories[Int(copy.annotations.categories[copyRow])].name
        else { return false }
        guard let box = original.writableBox(row), let copied = copy.writableBox(copyRow) else {
            return original.writableBox(row) == nil && copy.writableBox(copyRow) == nil
        }
        return Self.difference(box, copied) <= Self.tolerance || isPolygonExtent(row, copied)
    }

    /// Formats of polygons have no box beside them; what is read is their extent.
    private func isPolygonExtent(_ row: Int, _ copied: Box) -> Bool {
        guard comparesPolygons else { return false }
        return original.fields(ofAnnotation: row).outlineExtent.map { Self.difference($0, copied) <= Self.tolerance }
            ?? false
    }

    /// The greatest difference of an edge, in pixels.
    package static func difference(_ left: Box, _ right: Box) -> Double {
        max(abs(left.x - right.x), abs(left.y - right.y), abs(left.x2 - right.x2), abs(left.y2 - right.y2))
    }
}
