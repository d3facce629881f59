import NeedletailGeometry

/// Reads a Pascal VOC dataset: a folder with `Annotations/*.xml`, optionally `ImageSets/Main/<split>.txt` and
/// `JPEGImages`; or a plain folder of XML files.
///
/// Images are numbered from 1 in the order of the split's list, or of their names without one. Categories are
/// numbered from 1 in the order of their names (by Unicode scalars) over the whole folder read, so the numbers
/// depend on neither the order of the files nor of the objects.
struct VOCReader {
    private let folder: String
    private let origin: VOCOrigin
    private let isLenient: Bool
    private var builder: DatasetBuilder
    private var extras = ExtrasArena()
    /// The files in the image folder, and one of them for each name without extension.
    private var imageFiles: Set<String> = []
    private var imageFilesByStem: [String: String] = [:]

    static func isDataset(_ folder: String) -> Bool {
        Folder.names(in: "\(folder)/Annotations", ending: ".xml").isEmpty == false
            || Folder.names(in: folder, ending: ".xml").isEmpty == false
    }

    /// - Throws: ``FileError``; ``AnnotationError`` when a file is not well-formed, lacks what an annotation needs,
    ///   or a split does not exist or names a file that does not.
    static func read(
        _ path: String, split: String?, images: String?, origin: VOCOrigin, isLenient: Bool = false
    ) throws -> Dataset {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var reader = VOCReader(folder: folder, origin: origin, isLenient: isLenient)
        reader.builder.provenance.split = split
        return try reader.read(split: split, images: images)
    }

    private init(folder: String, origin: VOCOrigin, isLenient: Bool) {
        self.folder = folder
        self.isLenient = isLenient
        self.origin = origin
        builder = DatasetBuilder(
            provenance: Dataset.Provenance(path: folder, format: .voc, vocOrigin: origin))
    }

    private mutating func read(split: String?, images: String?) throws -> Dataset {
        let isDevkit = Folder.exists("\(folder)/Annotations")
        let annotationFolder = isDevkit ? "\(folder)/Annotations" : folder
        let all = Folder.names(in: annotationFolder, ending: ".xml").map { String($0.dropLast(4)) }
        guard !all.isEmpty else {
            throw AnnotationError(
                .notFound, file: annotationFolder, problem: "there are no XML files",
                remedy: "Give the folder that holds Annotations, or the XML files themselves")
        }
        builder.imageFolder =
            images ?? (Folder.exists("\(folder)/JPEGImages") ? "\(folder)/JPEGImages" : annotationFolder)
        for name in Folder.names(in: builder.imageFolder ?? folder, ending: "") {
            guard ![".xml", ".txt", ".json"].contains(where: name.hasSuffix) else { continue }
            imageFiles.insert(name)
            imageFilesByStem[stem(name)] = imageFilesByStem[stem(name)] ?? name
        }
        let stems = try split.map { try self.stems(ofSplit: $0, existing: Set(all)) } ?? all
        var documents: [(stem: String, document: VOCDocument)] = []
        for stem in stems {
            do {
                let document = try VOCDocument(try ByteSource(contentsOf: "\(annotationFolder)/\(stem).xml"))
                documents.append((stem, document))
            } catch let error as AnnotationError where isLenient {
                builder.refusals.append(error, list: "", place: nil)
            }
        }
        // Without the other splits the numbers of categories would differ from split to split.
        var names = Set(documents.flatMap { $0.document.objects.compactMap(\.name) })
        if split != nil {
            let chosen = Set(stems)
            for stem in all where !chosen.contains(stem) {
                guard let source = try? ByteSource(contentsOf: "\(annotationFolder)/\(stem).xml"),
                    let document = try? VOCDocument(source)
                else { continue }
                names.formUnion(document.objects.compactMap(\.name))
            }
        }
        let sorted = names.sorted()
        builder.categories = sorted.enumerated().map { Category(id: .integer($0 + 1), name: $1) }
        let rows = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
        for (stem, document) in documents {
            try append(document, stem: stem, file: "\(annotationFolder)/\(stem).xml", categories: rows)
        }
        finishSources()
        return builder.build()
    }

    private func stems(ofSplit split: String, existing: Set<String>) throws -> [String] {
        let path = "\(folder)/ImageSets/Main/\(split).txt"
        guard Folder.exists(path) else {
            let known = Folder.names(in: "\(folder)/ImageSets/Main", ending: ".txt").map { String($0.dropLast(4)) }
            throw AnnotationError(
                .notFound, file: path, problem: "there is no list of the split \(split)",
                remedy: known.isEmpty
                    ? "Read the folder without a split" : "The folder has \(known.joined(separator: ", "))")
        }
        let source = try ByteSource(contentsOf: path)
        var stems: [String] = []
        var seen: Set<String> = []
        for (index, line) in source.text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let fields = line.split { $0 <= 0x20 }.map { String(decoding: $0, as: UTF8.self) }
            // The lists of one class mark images that do not hold it with -1.
            guard let first = fields.first, fields.count < 2 || fields[1] != "-1" else { continue }
            let stem = first.hasSuffix(".xml") || imageFiles.contains(first) ? self.stem(first) : first
            guard existing.contains(stem) else {
                throw AnnotationError(
                    .notFound, file: path, line: index + 1, problem: "there is no annotation file \(stem).xml",
                    remedy: "Add the file or remove the line")
            }
            if seen.insert(stem).inserted { stems.append(stem) }
        }
        return stems
    }

    private mutating func append(
        _ document: VOCDocument, stem: String, file: String, categories: [String: Int]
    ) throws {
        let row = builder.images.count
        // The name in the file is often that of another machine or an earlier naming; what lies beside counts.
        let written = document.fileName.map { $0.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? $0 }
        let fileName: String
        if let written, imageFiles.contains(written) {
            fileName = written
        } else {
            fileName = imageFilesByStem[stem] ?? written ?? "\(stem).jpg"
        }
        builder.images.append(
            ImageRecord(id: .integer(row + 1), fileName: fileName, width: document.width, height: document.height),
            origin: .none, describedIn: file)
        for (place, object) in document.objects.enumerated() {
            guard let name = object.name, let category = categories[name] else { continue }
            let corners = object.corners.compactMap { $0 }
            var flags: AnnotationTable.Flags = []
            var box = Box(x: 0, y: 0, width: 0, height: 0)
            if corners.count == 4 {
                box = origin.box(xmin: corners[0], ymin: corners[1], xmax: corners[2], ymax: corners[3])
                // A box from a point to itself is a slip of the hand, not an object of one pixel.
                if corners[2] <= corners[0] || corners[3] <= corners[1] { flags.insert(.hasNoArea) }
            } else if corners.isEmpty {
                flags.insert(.hasNoBox)
            } else {
                let error = AnnotationError(
                    .schema, file: file, record: "object[\(place)]", line: object.line,
                    problem: "bndbox does not hold all of xmin, ymin, xmax and ymax",
                    remedy: "Complete it or remove the object")
                guard isLenient else { throw error }
                builder.refusals.append(error, list: "", place: nil)
                continue
            }
            builder.append(
                Annotation(
                    id: .integer(builder.annotations.count + 1), image: row, category: category, box: box,
                    area: flags.contains(.hasNoBox) ? nil : box.area, crowd: false, isDifficult: object.isDifficult),
                flags: flags, origin: extras.origin(of: object))
        }
    }

    /// Records how the coordinates were read with the dataset, and makes the extra fields a source of it.
    private mutating func finishSources() {
        let info = extras.appendInfo(origin: origin)
        builder.sources = [ByteSource(synthetic: extras.bytes, path: folder)]
        builder.layout = [
            .other(source: 0, key: info.key, value: info.value), .images, .annotations, .categories,
        ]
    }

    private func stem(_ name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }
}

extension VOCOrigin {
    /// The box in continuous coordinates from 0 that a file's corners mean.
    func box(xmin: Double, ymin: Double, xmax: Double, ymax: Double) -> Box {
        switch self {
        case .inclusive1: Box(x: xmin - 1, y: ymin - 1, width: xmax - xmin + 1, height: ymax - ymin + 1)
        case .shift1: Box(x: xmin - 1, y: ymin - 1, width: xmax - xmin, height: ymax - ymin)
        case .zero: Box(x: xmin, y: ymin, width: xmax - xmin, height: ymax - ymin)
        }
    }
}
