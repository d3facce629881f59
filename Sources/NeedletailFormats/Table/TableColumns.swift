import NeedletailDatasets

/// What the columns of a table of boxes mean.
public struct TableColumns: Hashable, Sendable {
    /// What a column can be.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// The image's file name.
        case image
        /// The image's size in pixels.
        case width, height
        /// The category's name.
        case category = "class"
        /// The corners of the box, in pixels.
        case xmin, ymin, xmax, ymax
        /// Its first corner and size, in pixels.
        case x, y, boxwidth, boxheight
        /// Its centre, in pixels.
        case cx, cy
        /// A detection's confidence.
        case score
        case split
        case id
    }

    /// The headers that a person assigned, by what they mean.
    public var headers: [Role: String]

    public init(headers: [Role: String] = [:]) {
        self.headers = headers
    }

    /// Headers in the wild, in lower case.
    private static let known: [String: Role] = [
        "filename": .image, "file_name": .image, "image": .image, "image_path": .image, "path": .image, "file": .image,
        "image_name": .image, "img": .image, "class": .category, "label": .category, "category": .category,
        "class_name": .category, "classname": .category, "name": .category, "xmin": .xmin, "x_min": .xmin,
        "x1": .xmin, "left": .xmin, "ymin": .ymin, "y_min": .ymin, "y1": .ymin, "top": .ymin, "xmax": .xmax,
        "x_max": .xmax, "x2": .xmax, "right": .xmax, "ymax": .ymax, "y_max": .ymax, "y2": .ymax, "bottom": .ymax,
        "x": .x, "y": .y, "cx": .cx, "cy": .cy, "x_center": .cx, "y_center": .cy, "score": .score,
        "confidence": .score, "split": .split, "subset": .split, "id": .id, "annotation_id": .id,
        "width": .width, "height": .height, "image_width": .width, "image_height": .height, "w": .boxwidth,
        "h": .boxheight, "box_width": .boxwidth, "box_height": .boxheight, "bbox_width": .boxwidth,
        "bbox_height": .boxheight,
    ]

    /// The role of each column of a header; nil where it has none, which makes it a field.
    ///
    /// - Throws: ``AnnotationError`` when an assigned header is not there or a box cannot be told.
    func roles(of header: [String], file: String) throws(AnnotationError) -> [Role?] {
        var roles: [Role?] = header.map { name in
            headers.first { $0.value == name }?.key ?? Self.known[name.lowercased()]
        }
        for (role, name) in headers where !header.contains(name) {
            throw failure(file, "there is no column \(name) for \(role.rawValue)", header)
        }
        // An assigned column takes the role from one that only looks like it.
        for (place, role) in roles.enumerated() {
            guard let role, let assigned = headers[role], header[place] != assigned else { continue }
            roles[place] = nil
        }
        let found = Set(roles.compactMap(\.self))
        // Width and height are the box's where nothing else is.
        if !found.contains(.xmax), !found.contains(.boxwidth), found.contains(.width) {
            roles = roles.map { $0 == .width ? .boxwidth : $0 == .height ? .boxheight : $0 }
        }
        let all = Set(roles.compactMap(\.self))
        let hasCorners = all.isSuperset(of: [.xmin, .ymin, .xmax, .ymax])
        let hasSize = all.isSuperset(of: [.boxwidth, .boxheight])
        let hasStart =
            all.isSuperset(of: [.x, .y]) || all.isSuperset(of: [.cx, .cy]) || all.isSuperset(of: [.xmin, .ymin])
        guard all.contains(.image), all.contains(.category), hasCorners || (hasSize && hasStart) else {
            throw failure(file, "the columns of the image, the class and the box were not all recognised", header)
        }
        return roles
    }

    private func failure(_ file: String, _ problem: String, _ header: [String]) -> AnnotationError {
        AnnotationError(
            .schema, file: file, line: 1, problem: "\(problem); the header is \(header.joined(separator: ","))",
            remedy: """
                Say what the columns are: \(setting: .columns) \
                image=NAME,class=NAME,xmin=NAME,ymin=NAME,xmax=NAME,ymax=NAME
                """)
    }
}
