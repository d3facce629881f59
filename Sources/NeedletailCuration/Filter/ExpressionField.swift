import NeedletailDatasets

/// What an expression can ask of a box or an image by name.
enum ExpressionField: String, CaseIterable {
    // Of boxes.
    case category = "class"
    case supercategory
    case id
    case x, y, width, height
    /// Width over height.
    case ratio
    case area
    /// The box's part of its image, 0 to 1.
    case share
    case crowd
    case difficult
    /// The confidence of a detection; comparisons with that of an annotation without one are false.
    case score
    // Of images.
    case file
    case imageID = "image_id"
    case imageWidth = "image_width"
    case imageHeight = "image_height"
    /// How many annotations the image has.
    case boxes

    var isOfImage: Bool {
        switch self {
        case .file, .imageID, .imageWidth, .imageHeight, .boxes: true
        default: false
        }
    }

    /// How the field is read from a row of annotations, or of images when `readsImages`.
    func value(of dataset: Dataset, readsImages: Bool) -> ExpressionValue {
        let table = dataset.annotations
        func image(_ row: Int) -> Int { readsImages ? row : table.image(of: row) }
        func name(_ id: RecordID?) -> String {
            if case .text(let text) = id { text } else { id.map { "\($0)" } ?? "" }
        }
        func isKnown(_ size: Int) -> Double { size > 0 ? Double(size) : .nan }
        switch self {
        case .category:
            let names = dataset.categories.map(\.name)
            return .text { names[table.category(of: $0)] }
        case .supercategory:
            let names = dataset.categories.map { $0.supercategory ?? "" }
            return .text { names[table.category(of: $0)] }
        case .id: return .text { name(table.id(of: $0)) }
        case .x: return .number { table.box(of: $0).x }
        case .y: return .number { table.box(of: $0).y }
        case .width: return .number { table.box(of: $0).width }
        case .height: return .number { table.box(of: $0).height }
        case .ratio: return .number { table.box(of: $0).width / table.box(of: $0).height }
        case .area: return .number { table[$0].resolvedArea }
        case .share:
            return .number { row in
                let image = dataset.images[table.image(of: row)]
                return table.box(of: row).area / (isKnown(image.width) * isKnown(image.height))
            }
        case .crowd: return .truth { table.isCrowd($0) }
        case .difficult: return .truth { table[$0].isDifficult }
        case .score: return .number { dataset.fields(ofAnnotation: $0).double("score") ?? .nan }
        case .file: return .text { dataset.images.fileName(of: image($0)) }
        case .imageID: return .text { name(dataset.images[image($0)].id) }
        case .imageWidth: return .number { isKnown(dataset.images[image($0)].width) }
        case .imageHeight: return .number { isKnown(dataset.images[image($0)].height) }
        case .boxes: return .number { Double(dataset.annotations(ofImage: image($0)).count) }
        }
    }
}

/// A part of an expression that has been checked: a number, a text or a truth value of every row.
enum ExpressionValue {
    case number((Int) -> Double)
    case text((Int) -> String)
    case truth((Int) -> Bool)

    var phrase: String {
        switch self {
        case .number: "a number"
        case .text: "a text"
        case .truth: "true or false"
        }
    }
}
