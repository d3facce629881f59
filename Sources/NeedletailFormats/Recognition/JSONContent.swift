import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Which formats a JSON text fits, from the first keys that decide it.
struct JSONContent {
    let formats: [DatasetFormat]

    /// - Throws: ``AnnotationError`` when the text is no JSON before that, or of no format that is read.
    init(_ source: ByteSource) throws {
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        let found: (formats: [DatasetFormat], keys: [String])
        let isList: Bool
        do {
            isList = try json.peek() == .array
            found = try isList ? Self.formats(ofList: &json) : Self.formats(ofObject: &json)
        } catch {
            throw AnnotationError(error, in: source, record: nil)
        }
        guard !found.formats.isEmpty else {
            throw ForeignJSON.error(source.path, keys: found.keys, isList: isList)
        }
        formats = found.formats
    }

    /// Whether a file begins as an object does.
    static func isObject(_ path: String) -> Bool {
        guard let source = try? ByteSource.annotations(path, as: .json) else { return false }
        var json = JSONReader(source.bytes)
        return (try? json.peek()) == .object
    }

    /// Whether a file is an object with a list of images, or is broken before that.
    static func listsImages(_ path: String) -> Bool {
        guard let source = try? ByteSource.annotations(path, as: .json) else { return false }
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        do {
            try json.beginObject()
            while let key = try json.nextKey() {
                if key.equals("images") { return true }
                try json.skipValue()
            }
            return false
        } catch { return true }
    }

    private static func formats(
        ofObject json: inout JSONReader
    ) throws(JSONError) -> (formats: [DatasetFormat], keys: [String]) {
        try json.beginObject()
        var keys: [String] = []
        while let key = try json.nextKey() {
            switch key.string {
            case "images": return ([.coco], [])
            case "categories" where try json.peek() != .object: return ([.coco], [])
            case "annotations" where isCOCO(json): return ([.coco], [])
            case "shapes", "imagePath", "imageData": return ([.labelme], [])
            case "_via_img_metadata", "_via_settings": return ([.via], [])
            default: break
            }
            let name = key.string
            keys.append(name)
            if let format = JSONMark.format(of: keys, .object, last: name) { return ([format], []) }
            if keys.count == 1, try json.peek() == .object {
                let members = try self.keys(ofObject: &json)
                if members.contains("regions") || members.contains("filename") { return ([.via], []) }
            } else {
                try json.skipValue()
            }
        }
        if keys.contains("version"), keys.contains("flags") { return ([.labelme], []) }
        // What has so little of COCO's that nothing else is meant either, its reader tells what is missing.
        return (keys == ["annotations"] || keys.isEmpty ? [.coco] : [], keys)
    }

    /// Whether the annotations of an object are COCO's: their first one is of an image, or has a box. What is no JSON,
    /// COCO's reader tells with its place.
    private static func isCOCO(_ list: JSONReader) -> Bool {
        var json = list
        do {
            guard try json.peek() == .array else { return false }
            try json.beginArray()
            guard try json.nextElement(), try json.peek() == .object else { return false }
            let keys = try keys(ofObject: &json)
            return ["image_id", "category_id", "bbox"].contains(where: keys.contains)
        } catch { return true }
    }

    private static func formats(
        ofList json: inout JSONReader
    ) throws(JSONError) -> (formats: [DatasetFormat], keys: [String]) {
        try json.beginArray()
        guard try json.nextElement() else { return ([.cocoResults, .createml, .labelstudio], []) }
        guard try json.peek() == .object else { return ([], []) }
        let keys = try keys(ofObject: &json)
        if keys.contains("image_id"), keys.contains("category_id") { return ([.cocoResults], []) }
        if keys.contains("data") || keys.contains("annotator") || keys.contains("lead_time") {
            return ([.labelstudio], [])
        }
        let isCreateML =
            (keys.contains("image") || keys.contains("imagefilename"))
            && (keys.contains("annotations") || keys.contains("annotation"))
        if isCreateML { return ([.createml], []) }
        if keys.contains("id"), keys.contains("image") { return ([.labelstudio], []) }
        if let format = JSONMark.format(of: keys, .list) { return ([format], []) }
        // Results that lack something.
        return (keys.contains("image_id") || keys.contains("bbox") ? [.coco] : [], keys)
    }

    private static func keys(ofObject json: inout JSONReader) throws(JSONError) -> [String] {
        var keys: [String] = []
        try json.beginObject()
        while let key = try json.nextKey() {
            keys.append(key.string)
            try json.skipValue()
        }
        return keys
    }
}
