import NeedletailData

/// What a split gave each part of each class.
struct SplitText {
    let split: DatasetSplit
    let groups: ImageGroups
    let destination: String

    struct Document: Encodable {
        struct Part: Encodable {
            var name: String
            var images: Int
            var boxes: Int
        }

        struct Class: Encodable {
            var name: String
            /// By part, in their order.
            var boxes: [Int]
            var images: [Int]
            var shareOfImages: [Double]
        }

        var destination: String
        var parts: [Part]
        var classes: [Class]
        var groups: Int
        var similarPictures: Int
    }

    var document: Document {
        let counts = split.classCounts
        return Document(
            destination: destination,
            parts: split.parts.indices.map { part in
                Document.Part(
                    name: split.parts[part].name, images: split.images[part].count,
                    boxes: counts.reduce(0) { $0 + $1.boxes[part] })
            },
            classes: counts.map { category, boxes, images in
                let total = max(images.reduce(0, +), 1)
                return Document.Class(
                    name: category.name, boxes: boxes, images: images,
                    shareOfImages: images.map { Double($0) / Double(total) })
            }, groups: Set(groups.groups).count, similarPictures: groups.similarCount)
    }

    /// A row a class: boxes of each part and its share of the class's images.
    var text: String {
        let document = document
        let total = max(document.parts.reduce(0) { $0 + $1.images }, 1)
        var rows = [["class"] + document.parts.flatMap { ["\($0.name) boxes", "images"] }]
        for category in document.classes {
            rows.append(
                [category.name]
                    + zip(category.boxes, category.shareOfImages).flatMap { ["\($0)", Self.percent($1)] })
        }
        rows.append(
            ["all"]
                + document.parts.flatMap { ["\($0.boxes)", Self.percent(Double($0.images) / Double(total))] })
        let parts = document.parts.map { "\($0.name) \($0.images) images" }.joined(separator: ", ")
        var text = Table.text(rows) + "\n\n\(destination): \(parts)"
        if document.groups < total { text += "; \(document.groups) groups of images that stay together" }
        if document.similarPictures > 0 { text += "; pictures that repeat others: \(document.similarPictures)" }
        return text
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }
}
