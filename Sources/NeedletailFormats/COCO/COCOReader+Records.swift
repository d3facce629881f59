import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// The records of COCO's lists.
extension COCOReader {
    mutating func readImage() throws {
        let start = json.offset
        var image = ImageRecord(id: 0, fileName: "", width: 0, height: 0)
        var id: RecordID?
        var fileName: String?
        var address: String?
        var hasText = false
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.equals("id") {
                id = try json.readID()
            } else if key.equals("file_name") {
                fileName = try json.readOptionalString()
            } else if key.equals("width") {
                image.width = try json.readSize(&hasText)
            } else if key.equals("height") {
                image.height = try json.readSize(&hasText)
            } else if key.equals("coco_url"), try json.peek() == .string {
                address = try json.readString()
            } else {
                try json.skipValue()
            }
        }
        guard let id else { throw missing("id", at: start) }
        // LVIS gives the address of each image and no file name.
        guard let name = fileName ?? address?.split(separator: "/").last.map(String.init), !name.isEmpty else {
            throw missing("file_name", at: start)
        }
        image.id = id
        image.fileName = name
        if hasText {
            builder.remarks.append(
                ReadingRemark(.textNumber, .image, row: builder.images.count, "width or height"))
        }
        builder.images.append(image, origin: RecordOrigin(source: 0, offset: start))
    }

    mutating func readCategory() throws {
        let start = json.offset
        var id: RecordID?
        var name: String?
        var supercategory: String?
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.equals("id") {
                id = try json.readID()
            } else if key.equals("name") {
                name = try json.readOptionalString()
            } else if key.equals("supercategory"), try json.peek() == .string {
                supercategory = try json.readString()
            } else {
                try json.skipValue()
            }
        }
        guard let id else { throw missing("id", at: start) }
        if name == nil {
            builder.remarks.append(
                ReadingRemark(.unnamedCategory, .category, row: builder.categories.count, "the record has no name"))
        }
        builder.categories.append(
            Category(
                id: id, name: name ?? Self.name(of: id), supercategory: supercategory,
                origin: RecordOrigin(source: 0, offset: start)))
    }

    mutating func readAnnotation() throws {
        let start = json.offset
        let nonFiniteBefore = json.nonFiniteCount
        var annotation = Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 0, height: 0))
        var imageID: RecordID?
        var categoryID: RecordID?
        var box: Box?
        var flags = AnnotationTable.Flags()
        var hasText = false
        try json.beginObject()
        while let key = try json.nextKey() {
            switch key.raw.count {
            case 2 where key.equals("id"): annotation.id = try json.readID()
            case 4 where key.equals("bbox"): box = try json.readBox(&hasText)
            case 4 where key.equals("area"): annotation.area = try json.readOptionalNumber(&hasText)
            case 7 where key.equals("iscrowd"): annotation.crowd = try json.readFlag(&hasText)
            case 8 where key.equals("image_id"): imageID = try json.readID()
            case 11 where key.equals("category_id"): categoryID = try json.readID()
            case 9 where key.equals("difficult"): annotation.isDifficult = try json.readLenientFlag()
            case 10 where key.equals("attributes"): try readAttributes(ofRecordAt: start)
            case 12 where key.equals("segmentation"):
                if try json.passSegmentation() { flags.insert(.hasDegeneratePolygon) }
            default:
                // A key that hides behind escapes is as good as one that does not.
                if key.hasEscapes {
                    try readEscaped(key.string, &annotation, &imageID, &categoryID, &box, &hasText)
                } else {
                    try json.skipValue()
                }
            }
        }
        guard let imageID else { throw missing("image_id", at: start) }
        guard let categoryID else { throw withoutCategory(at: start) }
        if let box { annotation.box = box } else { flags.insert(.hasNoBox) }
        if let area = annotation.area, !area.isFinite { annotation.area = nil }
        if json.nonFiniteCount > nonFiniteBefore { flags.insert(.hasNonFinite) }
        if hasText { flags.insert(.hasTextNumber) }
        imageIDs.append(imageID)
        categoryIDs.append(categoryID)
        builder.append(annotation, flags: flags, origin: RecordOrigin(source: 0, offset: start))
    }

    private mutating func readEscaped(
        _ key: String, _ annotation: inout Annotation, _ imageID: inout RecordID?, _ categoryID: inout RecordID?,
        _ box: inout Box?, _ hasText: inout Bool
    ) throws {
        switch key {
        case "id": annotation.id = try json.readID()
        case "bbox": box = try json.readBox(&hasText)
        case "area": annotation.area = try json.readOptionalNumber(&hasText)
        case "iscrowd": annotation.crowd = try json.readFlag(&hasText)
        case "image_id": imageID = try json.readID()
        case "category_id": categoryID = try json.readID()
        case "difficult": annotation.isDifficult = try json.readLenientFlag()
        default: try json.skipValue()
        }
    }

    func missing(_ field: String, at offset: Int) -> RecordProblem {
        RecordProblem(offset: offset, problem: "there is no \(field)", remedy: "Add the field \(field)")
    }
}
