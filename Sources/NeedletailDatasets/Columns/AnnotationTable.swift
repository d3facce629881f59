import NeedletailGeometry

/// One annotated object of a dataset.
public struct Annotation: Hashable, Sendable {
    /// The identifier, or nil when the file gives none.
    public var id: RecordID?
    /// The row of its image in ``Dataset/images``.
    public var image: Int
    /// The row of its category in ``Dataset/categories``.
    public var category: Int
    /// In pixels of the image as the dataset measures it.
    public var box: Box
    /// In square pixels, or nil when the file gives none; ``resolvedArea`` is never missing.
    public var area: Double?
    /// COCO's `iscrowd`, or nil when the file does not say.
    public var crowd: Bool?
    /// Pascal VOC's `difficult`.
    public var isDifficult: Bool

    public init(
        id: RecordID? = nil, image: Int, category: Int, box: Box, area: Double? = nil, crowd: Bool? = nil,
        isDifficult: Bool = false
    ) {
        self.id = id
        self.image = image
        self.category = category
        self.box = box
        self.area = area
        self.crowd = crowd
        self.isDifficult = isDifficult
    }

    public var isCrowd: Bool { crowd ?? false }

    /// The area, or width times height of the box where the file gives none.
    public var resolvedArea: Double { area ?? box.area }
}

/// The annotations of a dataset, in the order of its file, stored as columns.
public struct AnnotationTable: RandomAccessCollection, Sendable {
    package var ids = IDColumn()
    package var images: [Int32] = []
    package var categories: [Int32] = []
    package var boxes: [Box] = []
    /// NaN where the file gives none.
    package var areas: [Double] = []
    package var flags: [Flags] = []
    package var origins: [RecordOrigin] = []

    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        package static let hasID = Flags(rawValue: 1)
        package static let hasCrowd = Flags(rawValue: 2)
        package static let isCrowd = Flags(rawValue: 4)
        package static let isDifficult = Flags(rawValue: 8)
        /// The file gives no box at all.
        package static let hasNoBox = Flags(rawValue: 16)
        /// The file's own coordinates have no area, whatever the box made from them has.
        package static let hasNoArea = Flags(rawValue: 32)
        /// An identifier was written as a text in one place and as a number in another.
        package static let hasLooseReference = Flags(rawValue: 64)
        /// The record holds `NaN` or `Infinity`.
        package static let hasNonFinite = Flags(rawValue: 128)
        /// The file gives a later corner before an earlier one; the box has them in order.
        package static let hasSwappedCorners = Flags(rawValue: 256)
        /// A number is written as a text.
        package static let hasTextNumber = Flags(rawValue: 512)
        /// A polygon encloses nothing; seen where that costs nothing.
        package static let hasDegeneratePolygon = Flags(rawValue: 1024)
        /// What the file itself gives, which a changed annotation keeps.
        package static let ofFile: Flags = [
            .hasNoBox, .hasNoArea, .hasLooseReference, .hasNonFinite, .hasSwappedCorners, .hasTextNumber,
            .hasDegeneratePolygon,
        ]
    }

    package init() {}

    public var startIndex: Int { 0 }
    public var endIndex: Int { boxes.count }

    public subscript(row: Int) -> Annotation {
        let flags = flags[row]
        let area = areas[row]
        return Annotation(
            id: flags.contains(.hasID) ? ids[row] : nil, image: Int(images[row]), category: Int(categories[row]),
            box: boxes[row], area: area.isNaN ? nil : area,
            crowd: flags.contains(.hasCrowd) ? flags.contains(.isCrowd) : nil,
            isDifficult: flags.contains(.isDifficult))
    }

    /// - Parameter flags: Those that the annotation itself does not tell.
    package mutating func append(_ annotation: Annotation, flags more: Flags = Flags(), origin: RecordOrigin = .none) {
        var flags = more
        if annotation.id != nil { flags.insert(.hasID) }
        if annotation.crowd != nil { flags.insert(.hasCrowd) }
        if annotation.isCrowd { flags.insert(.isCrowd) }
        if annotation.isDifficult { flags.insert(.isDifficult) }
        ids.append(annotation.id ?? 0)
        images.append(Int32(annotation.image))
        categories.append(Int32(annotation.category))
        boxes.append(annotation.box)
        areas.append(annotation.area ?? .nan)
        self.flags.append(flags)
        origins.append(origin)
    }

    package mutating func append(contentsOf tables: [AnnotationTable]) {
        ids.append(contentsOf: tables.map(\.ids))
        images = concurrentJoin([images] + tables.map(\.images))
        categories = concurrentJoin([categories] + tables.map(\.categories))
        boxes = concurrentJoin([boxes] + tables.map(\.boxes))
        areas = concurrentJoin([areas] + tables.map(\.areas))
        flags = concurrentJoin([flags] + tables.map(\.flags))
        origins = concurrentJoin([origins] + tables.map(\.origins))
    }

    /// - Parameter rows: Ascending.
    package mutating func remove(_ rows: [Int]) {
        var kept = AnnotationTable()
        var next = rows[...]
        for row in indices {
            if row == next.first {
                next.removeFirst()
            } else {
                kept.append(self, row: row, image: images[row], category: categories[row], origin: origins[row])
            }
        }
        self = kept
    }

}

/// Single columns, for passes over millions of rows.
extension AnnotationTable {
    package func id(of row: Int) -> RecordID? { flags[row].contains(.hasID) ? ids[row] : nil }
    package func hasID(_ row: Int) -> Bool { flags[row].contains(.hasID) }
    /// Whether the identifier is the number 0.
    package func hasZeroID(_ row: Int) -> Bool { hasID(row) && ids.integers[row] == 0 }
    package func image(of row: Int) -> Int { Int(images[row]) }
    package func category(of row: Int) -> Int { Int(categories[row]) }
    package func box(of row: Int) -> Box { boxes[row] }
    /// Whether there is a box with area, in the file's own coordinates too.
    package func hasArea(_ row: Int) -> Bool {
        flags[row].isDisjoint(with: [.hasNoBox, .hasNoArea]) && boxes[row].hasArea
    }
    package func isCrowd(_ row: Int) -> Bool { flags[row].contains(.isCrowd) }
    /// NaN where the file gives none.
    package func area(of row: Int) -> Double { areas[row] }
}
