import NeedletailDatasets

/// What the columns of a table of boxes mean.
public struct TableColumns: Hashable, Sendable {
    /// What a column can be.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// The image's file name, with its extension or without.
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
        /// The whole box in one column, `[x, y, width, height]` in pixels; or several.
        case bbox
        /// Likewise its corners, `[xmin, ymin, xmax, ymax]`.
        case corners
        /// All boxes of an image in one column, as Kaggle's competitions have them: `score x y width height …`, or
        /// `class score xmin ymin xmax ymax …`.
        case predictions
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

    /// Headers in the wild, letters and digits alone and in lower case; for each role the most telling first.
    private static let known: [(role: Role, names: [String])] = [
        (
            .image,
            [
                "filename", "imagename", "imagefile", "imagefilename", "imagepath", "filepath", "imgname", "imgpath",
                "path", "image", "img", "file", "imageid", "imgid", "patientid",
            ]
        ),
        (
            .category,
            [
                "classname", "class", "labelname", "label", "categoryname", "category", "name", "target", "classid",
                "labelid", "categoryid",
            ]
        ),
        (.xmin, ["xmin", "x1", "left", "minx", "xtl", "bboxxmin", "bboxx1", "roix1"]),
        (.ymin, ["ymin", "y1", "top", "miny", "ytl", "bboxymin", "bboxy1", "roiy1"]),
        (.xmax, ["xmax", "x2", "right", "maxx", "xbr", "bboxxmax", "bboxx2", "roix2"]),
        (.ymax, ["ymax", "y2", "bottom", "maxy", "ybr", "bboxymax", "bboxy2", "roiy2"]),
        (.x, ["x", "bboxx", "boxx"]), (.y, ["y", "bboxy", "boxy"]),
        (.cx, ["cx", "xcenter", "centerx", "xcentre"]), (.cy, ["cy", "ycenter", "centery", "ycentre"]),
        (.boxwidth, ["boxwidth", "bboxwidth", "bboxw", "boxw", "w"]),
        (.boxheight, ["boxheight", "bboxheight", "bboxh", "boxh", "h"]),
        (.width, ["imagewidth", "imgwidth", "imwidth", "width"]),
        (.height, ["imageheight", "imgheight", "imheight", "height"]),
        (.bbox, ["bbox", "box", "boundingbox", "bboxes", "boxes", "annotations"]),
        (.predictions, ["predictionstring"]), (.score, ["score", "confidence"]), (.split, ["split", "subset"]),
        (.id, ["id", "annotationid"]),
    ]

    private static func plain(_ header: String) -> String { header.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// The role of each column of a header; nil where it has none, which makes it a field.
    ///
    /// - Throws: ``AnnotationError`` when an assigned header is not there or a box cannot be told.
    func roles(of header: [String], file: String) throws(AnnotationError) -> [Role?] {
        var roles = [Role?](repeating: nil, count: header.count)
        for (role, name) in headers {
            guard let place = header.firstIndex(of: name) else {
                throw failure(file, "there is no column \(name) for \(role.rawValue)", header)
            }
            roles[place] = role
        }
        let plain = header.map(Self.plain)
        func place(of name: String) -> Int? { plain.indices.first { plain[$0] == name && roles[$0] == nil } }
        for (role, names) in Self.known where headers[role] == nil {
            if let place = names.lazy.compactMap(place).first { roles[place] = role }
        }
        func has(_ wanted: Role...) -> Bool { wanted.allSatisfy { roles.contains($0) } }
        let hasCorners = has(.xmin, .ymin, .xmax, .ymax)
        // Width and height are the box's where nothing else is, the image's where they are called so.
        if !hasCorners, !has(.bbox), !has(.corners), !has(.predictions) {
            for (role, other, name) in [(Role.boxwidth, Role.width, "width"), (.boxheight, .height, "height")]
            where !has(role) && headers[other] != name {
                let place = place(of: name) ?? plain.indices.first { plain[$0] == name && roles[$0] == other }
                if let place { roles[place] = role }
            }
        }
        let hasSize = has(.boxwidth, .boxheight)
        let hasStart = has(.x, .y) || has(.cx, .cy) || has(.xmin, .ymin)
        guard has(.image), hasCorners || has(.bbox) || has(.corners) || has(.predictions) || (hasSize && hasStart)
        else {
            throw failure(file, "the columns of the image and the box were not all recognised", header)
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
