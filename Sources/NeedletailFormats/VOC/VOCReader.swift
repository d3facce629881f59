import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Reads a Pascal VOC dataset: a folder with `Annotations/*.xml`, optionally `ImageSets/Main/<split>.txt` and
/// `JPEGImages`; or a plain folder of XML files.
///
/// Images are numbered from 1 in the order of the split's list, or of their names without one. Categories are
/// numbered from 1 in the order of their names (by Unicode scalars) over the whole folder read, so the numbers
/// depend on neither the order of the files nor of the objects.
struct VOCReader {
    private let folder: String
    private let annotationFolder: String
    private let options: ReadingOptions
    private let imageFiles: ImageFolderListing

    /// - Throws: ``FileError``; ``AnnotationError`` when a file is not well-formed, lacks what an annotation needs,
    ///   or a split does not exist or names a file that does not.
    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try VOCReader(path, options).read()
    }

    private init(_ path: String, _ options: ReadingOptions) throws(FileError) {
        folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.options = options
        annotationFolder = Folder.exists("\(folder)/Annotations") ? "\(folder)/Annotations" : folder
        let images =
            Folder.exists("\(folder)/JPEGImages")
            ? "\(folder)/JPEGImages" : options.finder?.folderWithImages(otherwise: annotationFolder)
        imageFiles = try ImageFolderListing(options.images ?? images ?? annotationFolder)
    }

    private func read() throws -> Dataset {
        let all = try Folder.files(below: annotationFolder).filter { $0.hasSuffix(".xml") }.map {
            String($0.dropLast(4))
        }
        guard !all.isEmpty else {
            throw AnnotationError(
                .notFound, file: annotationFolder, problem: "there are no XML files",
                remedy: "Give the folder that holds Annotations, or the XML files themselves")
        }
        let sets = VOCImageSets(folder: folder, stems: all, isImage: imageFiles.contains)
        let stems = try options.split.map { try sets.stems(ofSplit: $0) } ?? all
        let splits = options.split == nil ? sets.splitOfEachStem() : [:]

        var provenance = Dataset.Provenance(path: folder, format: .voc, vocOrigin: options.vocOrigin)
        provenance.split = options.split
        var builder = DatasetBuilder(provenance: provenance)
        builder.imageFolder = imageFiles.folder
        let info = ExtrasArena(source: 0)
        builder.layout = [
            info.member(
                "info", object: [("converted_from", "Pascal VOC"), ("voc_origin", options.vocOrigin.rawValue)]),
            .images, .annotations, .categories,
        ]
        builder.sources = [ByteSource(synthetic: info.buffer, path: folder)]
        let batches = try ParallelReading.batches(stems.count, firstSource: 1, isLenient: options.isLenient) {
            try read(stems[$0], split: splits[stems[$0]], into: $1)
        }
        // Without the other splits the numbers of categories would differ from split to split.
        var names = Set(batches.flatMap(\.categoryNames))
        if options.split != nil { names.formUnion(try self.names(in: all, except: Set(stems))) }
        builder.categories = names.sorted().enumerated().map { Category(id: .integer($0 + 1), name: $1) }
        builder.append(batches)
        return builder.build()
    }

    /// The names of the categories in files that are not read otherwise; files that are no good have none.
    private func names(in stems: [String], except chosen: Set<String>) throws -> Set<String> {
        let others = stems.filter { !chosen.contains($0) }
        let batches = try ParallelReading.batches(others.count, firstSource: 1) { number, batch in
            guard let source = try? ByteSource.smallAnnotations("\(annotationFolder)/\(others[number]).xml", as: .xml),
                let document = try? VOCDocument(source)
            else { return }
            for object in document.objects { _ = object.name.map(batch.category) }
        }
        return Set(batches.flatMap(\.categoryNames))
    }

    private func read(_ stem: String, split: String?, into batch: RecordBatch) throws {
        let file = "\(annotationFolder)/\(stem).xml"
        let document = try VOCDocument(try ByteSource.smallAnnotations(file, as: .xml))
        // The name in the file is often that of another machine or an earlier naming; what lies beside counts.
        let written = document.fileName.map { $0.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? $0 }
        let beside = written.map { FilePath.join(FilePath.parent(of: stem), $0) }
        let name: String
        if let beside, imageFiles.contains(beside) {
            name = beside
        } else {
            name = imageFiles.name(ofStem: stem) ?? beside ?? "\(stem).jpg"
        }
        batch.extras.add(document.others)
        batch.extras.add("split", split)
        batch.addImage(name: name, width: document.width, height: document.height, describedIn: file)
        for (place, object) in document.objects.enumerated() {
            do {
                try add(object, place: place, of: file, to: batch)
            } catch let error as AnnotationError where options.isLenient {
                batch.refusals.append(error)
            }
        }
    }

    private func add(_ object: VOCDocument.Object, place: Int, of file: String, to batch: RecordBatch) throws {
        var corners = object.corners.compactMap { $0 }
        guard corners.isEmpty || corners.count == 4 else {
            throw AnnotationError(
                .schema, file: file, record: "object[\(place)]", line: object.line,
                problem: "bndbox does not hold all of xmin, ymin, xmax and ymax",
                remedy: "Complete it or remove the object")
        }
        let turned = object.turned.compactMap { $0 }
        guard turned.isEmpty || turned.count == 5 else {
            throw AnnotationError(
                .schema, file: file, record: "object[\(place)]", line: object.line,
                problem: "robndbox does not hold all of cx, cy, w, h and angle",
                remedy: "Complete it or remove the object")
        }
        batch.extras.add(object.others)
        let category = batch.category(called: object.name)
        if turned.count == 5 {
            let box = Box(centerX: turned[0], centerY: turned[1], width: turned[2], height: turned[3]).derivedOrigin
            return batch.addTurned(
                TurnedBox(box, degrees: turned[4] * 180 / .pi), category: category, isDifficult: object.isDifficult,
                hasSwappedCorners: box.isReversed)
        }
        guard corners.count == 4 else {
            return batch.addObject(category: category, box: nil, isDifficult: object.isDifficult)
        }
        let box = options.vocOrigin.box(xmin: corners[0], ymin: corners[1], xmax: corners[2], ymax: corners[3])
        // The last pixel is inside, so that corners in order, too, may be apart by less than a pixel the other way.
        let (isAcross, isDown) = (box.width < 0, box.height < 0)
        if isAcross { corners.swapAt(0, 2) }
        if isDown { corners.swapAt(1, 3) }
        // A box from a point to itself is a slip of the hand, not an object of one pixel.
        batch.addObject(
            category: category,
            box: options.vocOrigin.box(xmin: corners[0], ymin: corners[1], xmax: corners[2], ymax: corners[3]),
            isDifficult: object.isDifficult, hasNoArea: corners[2] <= corners[0] || corners[3] <= corners[1],
            hasSwappedCorners: isAcross || isDown)
    }
}

extension VOCOrigin {
    /// The box in continuous coordinates from 0 that a file's corners mean.
    func box(xmin: Double, ymin: Double, xmax: Double, ymax: Double) -> Box {
        switch self {
        case .inclusive1: Box(left: xmin - 1, top: ymin - 1, right: xmax, bottom: ymax).derivedOrigin
        case .shift1: Box(left: xmin - 1, top: ymin - 1, right: xmax - 1, bottom: ymax - 1).derivedOrigin
        case .zero: Box(left: xmin, top: ymin, right: xmax, bottom: ymax)
        }
    }

    /// The corners to write for a box.
    func corners(of box: Box) -> (xmin: Double, ymin: Double, xmax: Double, ymax: Double) {
        let (x2, y2) = box.farCorner
        return switch self {
        case .inclusive1: ((box.x + 1).derived, (box.y + 1).derived, x2, y2)
        case .shift1: ((box.x + 1).derived, (box.y + 1).derived, (x2 + 1).derived, (y2 + 1).derived)
        case .zero: (box.x, box.y, x2, y2)
        }
    }
}
