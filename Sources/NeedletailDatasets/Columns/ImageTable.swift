import NeedletailGeometry

/// One image of a dataset.
public struct ImageRecord: Hashable, Sendable {
    public var id: RecordID
    /// The file name as the dataset writes it, relative to its image folder.
    public var fileName: String
    /// Width in pixels; 0 when the dataset does not say.
    public var width: Int
    /// Height in pixels; 0 when the dataset does not say.
    public var height: Int

    public init(id: RecordID, fileName: String, width: Int, height: Int) {
        self.id = id
        self.fileName = fileName
        self.width = width
        self.height = height
    }

    /// Whether both sides are known.
    public var hasSize: Bool { width > 0 && height > 0 }
}

/// The images of a dataset, in the order of its file, stored as columns.
public struct ImageTable: RandomAccessCollection, Sendable {
    package var ids = IDColumn()
    package var fileNames = StringColumn()
    package var widths: [Int32] = []
    package var heights: [Int32] = []
    package var origins: [RecordOrigin] = []
    /// The file each image was described in, where that is not one file for all of them.
    package var describedIn = StringColumn()

    package init() {}

    public var startIndex: Int { 0 }
    public var endIndex: Int { widths.count }

    public subscript(row: Int) -> ImageRecord {
        ImageRecord(id: ids[row], fileName: fileNames[row], width: Int(widths[row]), height: Int(heights[row]))
    }

    package mutating func append(_ image: ImageRecord, origin: RecordOrigin, describedIn file: String? = nil) {
        if let file {
            while describedIn.count < count { describedIn.append("") }
            describedIn.append(file)
        }
        ids.append(image.id)
        fileNames.append(image.fileName)
        widths.append(Int32(clamping: Swift.max(image.width, 0)))
        heights.append(Int32(clamping: Swift.max(image.height, 0)))
        origins.append(origin)
    }

    /// Appends tables of images that are all described in one file.
    package mutating func append(contentsOf tables: [ImageTable]) {
        precondition(tables.allSatisfy { $0.describedIn.count == 0 }, "images with description files of their own")
        ids.append(contentsOf: tables.map(\.ids))
        for table in tables { fileNames.append(contentsOf: table.fileNames) }
        widths = concurrentJoin([widths] + tables.map(\.widths))
        heights = concurrentJoin([heights] + tables.map(\.heights))
        origins = concurrentJoin([origins] + tables.map(\.origins))
    }

    package func fileName(of row: Int) -> String { fileNames[row] }

    /// The description file of one image, if it has its own.
    package func descriptionFile(of row: Int) -> String? {
        guard row < describedIn.count else { return nil }
        let file = describedIn[row]
        return file.isEmpty ? nil : file
    }
}
