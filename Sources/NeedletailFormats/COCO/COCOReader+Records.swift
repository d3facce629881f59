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
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.equals("id") {
                id = try json.readID()
            } else if key.equals("file_name") {
                fileName = try json.readOptionalString()
            } else if key.equals("width") {
                image.width = try json.readOptionalInteger() ?? 0
            } else if key.equals("height") {
                image.height = try json.readOptionalInteger() ?? 0
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
        guard let name else { throw missing("name", at: start) }
        builder.categories.append(
            Category(
                id: id, name: name, supercategory: supercategory, origin: RecordOrigin(source: 0, offset: start)))
    }

    mutating func readAnnotation() throws {
        let start = json.offset
        let nonFiniteBefore = json.nonFiniteCount
        var annotation = Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 0, height: 0))
        var imageID: RecordID?
        var categoryID: RecordID?
        var box: Box?
        try json.beginObject()
        while let key = try json.nextKey() {
            switch key.raw.count {
            case 2 where key.equals("id"): annotation.id = try json.readID()
            case 4 where key.equals("bbox"): box = try json.readBox()
            case 4 where key.equals("area"): annotation.area = try json.readOptionalDouble()
            case 7 where key.equals("iscrowd"): annotation.crowd = try json.readFlag()
            case 8 where key.equals("image_id"): imageID = try json.readID()
            case 11 where key.equals("category_id"): categoryID = try json.readID()
            case 9 where key.equals("difficult"): annotation.isDifficult = try json.readLenientFlag()
            default:
                // A key that hides behind escapes is as good as one that does not.
                if key.hasEscapes {
                    try readEscaped(key.string, &annotation, &imageID, &categoryID, &box)
                } else {
                    try json.skipValue()
                }
            }
        }
        guard let imageID else { throw missing("image_id", at: start) }
        guard let categoryID else { throw missing("category_id", at: start) }
        var flags = AnnotationTable.Flags()
        if let box { annotation.box = box } else { flags.insert(.hasNoBox) }
        if let area = annotation.area, !area.isFinite { annotation.area = nil }
        if json.nonFiniteCount > nonFiniteBefore { flags.insert(.hasNonFinite) }
        imageIDs.append(imageID)
        categoryIDs.append(categoryID)
        builder.append(annotation, flags: flags, origin: RecordOrigin(source: 0, offset: start))
    }

    private mutating func readEscaped(
        _ key: String, _ annotation: inout Annotation, _ imageID: inout RecordID?, _ categoryID: inout RecordID?,
        _ box: inout Box?
    ) throws {
        switch key {
        case "id": annotation.id = try json.readID()
        case "bbox": box = try json.readBox()
        case "area": annotation.area = try json.readOptionalDouble()
        case "iscrowd": annotation.crowd = try json.readFlag()
        case "image_id": imageID = try json.readID()
        case "category_id": categoryID = try json.readID()
        case "difficult": annotation.isDifficult = try json.readLenientFlag()
        default: try json.skipValue()
        }
    }

    private func missing(_ field: String, at offset: Int) -> RecordProblem {
        RecordProblem(offset: offset, problem: "there is no \(field)", remedy: "Add the field \(field)")
    }
}

extension JSONReader {
    /// A flag where the format defines none: anything but a number or a truth value is passed over as false.
    mutating func readLenientFlag() throws(JSONError) -> Bool {
        switch try peek() {
        case .bool, .number: return try readFlag() ?? false
        default:
            try skipValue()
            return false
        }
    }
}
