import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Which formats a JSON text fits, from the first keys that decide it.
struct JSONContent {
    let formats: [DatasetFormat]

    /// - Throws: ``AnnotationError`` when the text is no JSON before that.
    init(_ source: ByteSource) throws {
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        do {
            let found = try json.peek() == .array ? Self.formats(ofList: &json) : Self.formats(ofObject: &json)
            // COCO is what people most often mean; its reader says what is missing.
            formats = found.isEmpty ? [.coco] : found
        } catch {
            throw AnnotationError(error, in: source, record: nil)
        }
    }

    /// Whether a file begins as an object does.
    static func isObject(_ path: String) -> Bool {
        guard let source = try? ByteSource.annotations(path, as: .json) else { return false }
        var json = JSONReader(source.bytes)
        return (try? json.peek()) == .object
    }

    private static func formats(ofObject json: inout JSONReader) throws(JSONError) -> [DatasetFormat] {
        try json.beginObject()
        var keys: Set<String> = []
        while let key = try json.nextKey() {
            switch key.string {
            case "images", "annotations", "categories": return [.coco]
            case "shapes", "imagePath", "imageData": return [.labelme]
            case "_via_img_metadata", "_via_settings": return [.via]
            default: break
            }
            keys.insert(key.string)
            if keys.count == 1, try json.peek() == .object {
                let members = try self.keys(ofObject: &json)
                if members.contains("regions") || members.contains("filename") { return [.via] }
            } else {
                try json.skipValue()
            }
        }
        return keys.contains("version") && keys.contains("flags") ? [.labelme] : []
    }

    private static func formats(ofList json: inout JSONReader) throws(JSONError) -> [DatasetFormat] {
        try json.beginArray()
        guard try json.nextElement() else { return [.cocoResults, .createml, .labelstudio] }
        guard try json.peek() == .object else { return [] }
        let keys = try keys(ofObject: &json)
        if keys.contains("image_id"), keys.contains("category_id") { return [.cocoResults] }
        if keys.contains("data") || keys.contains("annotator") || keys.contains("lead_time") { return [.labelstudio] }
        let isCreateML =
            (keys.contains("image") || keys.contains("imagefilename"))
            && (keys.contains("annotations") || keys.contains("annotation"))
        if isCreateML { return [.createml] }
        return keys.contains("id") && keys.contains("image") ? [.labelstudio] : []
    }

    private static func keys(ofObject json: inout JSONReader) throws(JSONError) -> Set<String> {
        var keys: Set<String> = []
        try json.beginObject()
        while let key = try json.nextKey() {
            keys.insert(key.string)
            try json.skipValue()
        }
        return keys
    }
}
