import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem
import NeedletailText

/// Reads a file of COCO's panoptic segments, and their outlines from the pictures beside it.
struct PanopticReader {
    let file: String
    let batch: RecordBatch
    let isLenient: Bool
    /// What images are said to be for, where there are several files.
    let split: String?

    private struct Segment {
        var id: RecordID?
        var category: Int
        var box: Box?
        var area: Double?
        var isCrowd: Bool
    }

    /// The segments of one image.
    private struct Picture {
        var image: Int
        var name: String?
        var segments: [Segment] = []
    }

    /// - Returns: The categories.
    func read() throws -> [Category] {
        let source = try ByteSource.annotations(file, as: .json)
        return try JSONObjectReader.read(source, into: batch, isLenient: isLenient) { json in
            var rows: [RecordID: Int] = [:]
            try json.forEach("images") { image in
                let id = try image.required("id", image.identifier("id"))
                let name = try image.required("file_name", image.string("file_name"))
                let (width, height) = (try image.size("width"), try image.size("height"))
                image.addOthers(than: ["id", "file_name", "width", "height"], to: batch.extras)
                if let split, !image.has("split") { batch.extras.add("split", split) }
                rows[id] = rows[id] ?? batch.images.count
                batch.addImage(
                    id: id, name: split.map { "\($0)/\(name)" } ?? name, width: width, height: height)
            }
            var categories: [Category] = []
            var names: [RecordID: String] = [:]
            try json.forEach("categories") { category in
                let id = try category.required("id", category.identifier("id"))
                let name = try category.string("name") ?? "\(id)"
                let parent = try category.string("supercategory")
                category.addOthers(than: RecordFields.categoryColumns, to: batch.extras)
                names[id] = name
                categories.append(
                    Category(id: id, name: name, supercategory: parent, origin: batch.extras.finish()))
            }
            var pictures: [Picture] = []
            try json.forEach("annotations") { annotation in
                let id = try annotation.required("image_id", annotation.identifier("image_id"))
                guard let row = rows[id] else {
                    throw RecordProblem(
                        kind: .unknownReference, offset: annotation.start,
                        problem: "image_id \(id) is not among the images of the file",
                        remedy: "Add it to images or remove the annotation")
                }
                var picture = Picture(image: row, name: try annotation.string("file_name"))
                try annotation.forEach("segments_info") { json in
                    picture.segments.append(try segment(annotation.inner(&json), names))
                }
                pictures.append(picture)
            }
            add(pictures)
            return categories
        }
    }

    private func segment(_ segment: JSONMembers, _ names: [RecordID: String]) throws -> Segment {
        let category = try segment.required("category_id", segment.identifier("category_id"))
        guard let name = names[category] else {
            throw RecordProblem(
                kind: .unknownReference, offset: segment.start,
                problem: "category_id \(category) is not among the categories of the file",
                remedy: "Add it to categories or remove the segment")
        }
        var box = try segment.reader("bbox")
        return Segment(
            id: try segment.identifier("id"), category: batch.category(name), box: try box?.readBox(),
            area: try segment.double("area"), isCrowd: try segment.isTrue("iscrowd"))
    }

    // MARK: Outlines

    private struct Outlines {
        var polygons: [UInt32: [[Double]]] = [:]
        /// Why there are none.
        var problem: String?
    }

    private func add(_ pictures: [Picture]) {
        // So many pictures are in memory at once as there are threads, and the outlines of so many.
        for start in stride(from: 0, to: pictures.count, by: 64) {
            let some = pictures[start..<min(start + 64, pictures.count)]
            let outlines = concurrentMap(some.count) { self.outlines(of: some[start + $0]) }
            for (picture, outlines) in zip(some, outlines) { add(picture, outlines) }
        }
    }

    private func add(_ picture: Picture, _ outlines: Outlines) {
        if let problem = outlines.problem, !picture.segments.isEmpty {
            batch.remark(.contentLeftOut, ofImage: picture.image, "the outlines, since \(problem)")
        }
        for segment in picture.segments {
            if let id = segment.id { batch.extras.add("segment_id", .numberOrText("\(id)")) }
            let polygons = segment.id.flatMap { Self.number($0) }.flatMap { outlines.polygons[$0] } ?? []
            if polygons.isEmpty, outlines.problem == nil {
                batch.remarkOnNextObject(.contentLeftOut, "the outline, whose number no pixel of the picture has")
            }
            if !polygons.isEmpty { batch.extras.add("segmentation", .polygons(polygons)) }
            batch.addObject(
                image: picture.image, category: segment.category,
                box: segment.box ?? Box(around: polygons.flatMap(\.self)),
                area: segment.area ?? (polygons.isEmpty ? nil : polygons.reduce(0) { $0 + polygonArea($1) }),
                isCrowd: segment.isCrowd)
        }
    }

    /// The number of a segment as pixels have it.
    private static func number(_ id: RecordID) -> UInt32? {
        id.integer.flatMap(UInt32.init(exactly:)).flatMap { (1..<1 << 24).contains($0) ? $0 : nil }
    }

    private func outlines(of picture: Picture) -> Outlines {
        let wanted = Set(picture.segments.compactMap { $0.id.flatMap(Self.number) })
        guard !wanted.isEmpty else { return Outlines() }
        guard let name = picture.name.flatMap(OutputNames.relativePath) else {
            return Outlines(problem: "no picture is named")
        }
        let places = [FilePath.stem(of: file), FilePath.parent(of: file)].map { "\($0)/\(name)" }
        guard let path = places.first(where: Folder.exists) else {
            return Outlines(problem: "their pictures do not lie in a folder of the file's name beside it")
        }
        var options = Image.DecodingOptions(format: .rgb, appliesOrientation: false)
        options.maximumPixels = 1 << 26
        guard let image = Self.image(path, options) else { return Outlines(problem: "their picture cannot be read") }
        let size = (batch.images[picture.image].width, batch.images[picture.image].height)
        guard size == (image.width, image.height) || size.0 <= 0 || size.1 <= 0 else {
            return Outlines(problem: "their picture is of another size than the image")
        }
        let numbers = image.withUnsafeBytes { bytes in
            (0..<image.width * image.height).map { pixel -> UInt32 in
                let (red, green, blue) = (bytes[3 * pixel], bytes[3 * pixel + 1], bytes[3 * pixel + 2])
                return UInt32(red) | UInt32(green) << 8 | UInt32(blue) << 16
            }
        }
        let outlines = numbers.withUnsafeBufferPointer { SegmentOutlines($0, width: image.width, wanted: wanted) }
        guard let outlines else { return Outlines(problem: "their picture has more corners than any outline") }
        return Outlines(polygons: outlines.polygons)
    }

    // Apart from what throws, because of a fault of the compiler (6.3): see `FolderLayout`.
    @inline(never)
    private static func image(_ path: String, _ options: Image.DecodingOptions) -> Image? {
        try? Image(contentsOf: path, options: options)
    }
}
