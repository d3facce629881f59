import NeedletailData

/// The table of `convert --list`.
struct FormatList: Encodable {
    struct Format: Encodable {
        var name: String
        var title: String
        var isFolder: Bool
        var holds: [String: Bool]
        var annotationFields: [String]?
        var coordinates: String
    }

    /// What a format may hold, with its column's heading.
    private static let columns:
        [(heading: String, name: String, property: KeyPath<FormatCapabilities, Bool> & Sendable)] = [
            ("size", "imageSizes", \.imageSizes),
            ("empty", "emptyImages", \.emptyImages),
            ("image id", "imageIDs", \.imageIDs), ("box id", "annotationIDs", \.annotationIDs),
            ("class id", "categoryIDs", \.categoryIDs), ("unused", "unusedCategories", \.unusedCategories),
            ("crowd", "crowds", \.crowds), ("difficult", "difficult", \.difficult), ("area", "areas", \.areas),
            ("polygon", "polygons", \.polygons), ("score", "scores", \.scores), ("split", "splits", \.splits),
        ]

    var formats: [Format]

    init() {
        formats = DatasetFormat.allCases.map { format in
            let capabilities = format.capabilities
            return Format(
                name: format.rawValue, title: capabilities.title, isFolder: format.isFolder,
                holds: Dictionary(
                    uniqueKeysWithValues: Self.columns.map { ($0.name, capabilities[keyPath: $0.property]) }),
                annotationFields: capabilities.annotationFields?.sorted(), coordinates: capabilities.coordinates)
        }
    }

    var text: String {
        let head = [["format"] + Self.columns.map(\.heading)]
        let rows = formats.map { format in
            [format.name] + Self.columns.map { format.holds[$0.name] ?? false ? "x" : "-" }
        }
        let details = formats.map { format in
            let fields = format.annotationFields.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") } ?? "any"
            let kind = format.isFolder ? "a folder" : "one file"
            return "\(format.name): \(format.title), \(kind). "
                + "Coordinates: \(format.coordinates). Other fields of boxes: \(fields)."
        }
        return Table.text(head + rows) + """


            size: width and height of images; empty: images without boxes; unused: classes without boxes.
            What a format cannot hold is kept in the sidecar.


            """ + details.joined(separator: "\n")
    }
}
