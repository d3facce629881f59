import Needletail
import NeedletailDatasets
import NeedletailKernels
import NeedletailProcesses
import NeedletailSystem

/// The work of `detect`: photographs in, results, pictures, cuts and a journal out.
final class DetectionRun {
    static let results = "detections.json"
    static let incompleteResults = "detections.incomplete.json"

    struct Outcome: Encodable {
        var output: String
        var results: String
        var images = 0
        var failedImages: [String] = []
        /// Those of them that the system could not read, whatever they hold.
        var unreadableImages: [String] = []
        var lockedFolders: [String] = []
        var detections = 0
        /// Objects on the pictures that were written.
        var drawn = 0
        /// Objects that were cut out.
        var crops = 0
        var missingPictures: [String] = []
        /// Photographs in which there was more than the greatest number of objects.
        var imagesAtLimit = 0
        /// Photographs whose results were there already.
        var resumedImages = 0
        var thresholds: DrawingThresholds
        var wasInterrupted = false
        var seconds = 0.0
    }

    var outcome: Outcome
    private let command: DetectCommand
    private let model: any ObjectDetector
    private let classes: DatasetClasses?
    private let wanted: Set<Int>?
    private var annotations: FoundDataset?
    private let folder: String
    /// Nil in a process that follows the first.
    private let place: DetectionFolder?
    /// Of the photographs that this process looks at.
    private let journal: DetectionJournal
    /// What was found before, by the name of the photograph.
    private let earlier: [String: DetectionJournal.Entry]
    private let group: any ProcessGroup
    private let pool: ThreadPool
    private let console: Console
    private let limit: Int
    private let painter: BoxPainter
    private let cuts: CropFolders?
    private let writer: PictureWriter
    /// Nil in a process that follows the first.
    private var results: COCOResultsWriter?
    private let start = ContinuousClock.now

    /// - Parameter count: Photographs that are known of.
    /// - Throws: `FileError` when the folder is not writable.
    init(
        _ command: DetectCommand, model: any ObjectDetector, classes: DatasetClasses?, wanted: Set<Int>?,
        annotations: FoundDataset?, folder: String, place: DetectionFolder?,
        earlier: [String: DetectionJournal.Entry], group: any ProcessGroup, pool: ThreadPool, console: Console,
        count: Int
    ) throws {
        self.command = command
        self.model = model
        self.classes = classes
        self.wanted = wanted
        self.annotations = annotations
        self.folder = folder
        self.place = place
        journal = try place?.journal ?? DetectionJournal(in: folder, header: nil, rank: group.rank)
        self.earlier = earlier
        self.group = group
        self.pool = pool
        self.console = console
        limit = model.postProcessing.detectionsPerImage
        // One more tells whether there are more.
        model.postProcessing.detectionsPerImage = limit + 1
        painter = BoxPainter(names: model.categories.map(\.name), numbers: model.categories.map(\.id))
        cuts =
            command.crops.crops
            ? CropFolders(
                model.categories, margin: command.crops.cropMargin, format: command.pictureFormat, in: folder) : nil
        outcome = Outcome(
            output: folder, results: "",
            thresholds: DrawingThresholds(given: command.threshold, validation: model.scoreThresholds))
        writer = PictureWriter(
            width: max(3, pool.threadCount), format: command.pictureFormat, longestSide: command.longestPictureSide)
        if place != nil {
            results = try COCOResultsWriter(
                path: folder + "/" + Self.results, categories: classes?.dataset.categories ?? [],
                // Pictures must not take the room of what they are made from.
                reservedBytes: command.pictures ? min((1 << 18) + 4096 * count, 1 << 26) : 0)
        }
        if command.pictures || cuts != nil || annotations != nil {
            if let note = outcome.thresholds.note { console.note(note) }
        }
        if command.pictures, let notice = painter.notice { console.warn(notice) }
    }

    /// A photograph with its size and what is found in it.
    private typealias Look = (image: Image, size: Image.Size, found: [Detection])

    /// Looks through photographs, but for those that have been looked through before, until it is interrupted.
    ///
    /// Several processes look at every n-th each and write its pictures; the first has all results.
    func look(at items: [Photographs.Item]) throws {
        let known = items.map { item in
            earlier[item.name].flatMap { $0.stamp == DetectionJournal.stamp(of: item.path) ? $0 : nil }
        }
        let fresh = items.indices.filter { known[$0] == nil }
        if fresh.count < items.count {
            console.note(
                "\(Count.text(items.count - fresh.count, "photograph")) of \(items.count) were looked through before")
        }
        let own = SharedStream<FoundObjects>.own(of: fresh.count, group: group).map { items[fresh[$0]] }
        let images = stream(own)
        var next = own.makeIterator()
        let outcomes = SharedStream(count: fresh.count, group: group, form: FoundObjects.form) { [self] in
            guard let photograph = next.next(), let look = images.next() else { return FoundObjects() }
            return try outcome(look, of: photograph)
        }
        let names = Dictionary(model.categories.map { ($0.id, $0.name) }) { first, _ in first }
        var progress = Progress("detect, image", unit: "images", total: items.count, console: console)
        for (index, photograph) in items.enumerated() {
            if let entry = known[index] {
                outcome.resumedImages += 1
                outcome.drawn += entry.drawn
                let size = Image.Size(width: entry.size[0], height: entry.size[1])
                let found = entry.found.map(\.detection)
                try take(found, isAtLimit: entry.isAtLimit, of: photograph, size: size)
                outcome.crops += cuts == nil ? 0 : sure(found).count
            } else if let found = try outcomes.next() {
                if let failure = found.failure {
                    progress.clear()
                    console.warn("set aside: \(failure)")
                    outcome.failedImages.append(photograph.path)
                    if found.isUnreadable { outcome.unreadableImages.append(photograph.path) }
                } else {
                    let detections = found.detections.map { detection in
                        var detection = detection
                        detection.categoryName = detection.categoryName ?? names[detection.categoryID]
                        return detection
                    }
                    try take(detections, isAtLimit: found.isAtLimit, of: photograph, size: found.size)
                }
            } else {
                outcome.wasInterrupted = true
                break
            }
            progress.update(index + 1)
            if Interruption.isRequested { outcomes.stop() }
        }
        // Asked to stop at the last of them, all is done all the same.
        _ = try outcomes.finish()
        images.cancel()
        progress.clear()
    }

    private func stream(_ items: [Photographs.Item]) -> WorkStream<
        any ObjectDetector, Result<(Image, Image.Size), any Error>, Result<Look, any Error>
    > {
        let transform = command.reducedDecoding ? model.inputTransform : nil
        let tiling = command.finding.tiling
        return WorkStream(
            count: items.count, detector: model, pool: pool, sharing: command.sharing.given,
            load: { index in Result { try Self.load(items[index], reducedFor: transform) } },
            detect: { loaded, _, model, pool in
                Result {
                    let (image, size) = try loaded.get()
                    let found =
                        try tiling?.detections(in: image, by: model, pool: pool)
                        ?? model.detections(in: [image], originalSizes: [size], pool: pool)[0]
                    return (image, size, found)
                }
            })
    }

    /// A photograph and its size; the image is smaller if a transform says that it may be.
    private static func load(
        _ photograph: Photographs.Item, reducedFor transform: InputTransform?
    ) throws -> (Image, Image.Size) {
        if let transform {
            let information = try ImageInformation(contentsOf: photograph.path)
            let size = Image.Size(width: information.width, height: information.height)
            let needed = transform.resizedSize(width: size.width, height: size.height)
            // Where the annotations are about pixels that lie on their side, the usual way finds it out.
            if photograph.width < 1 || (photograph.width, photograph.height) == (size.width, size.height) {
                let least = Image.Size(width: needed.width, height: needed.height)
                return (try Image(contentsOf: photograph.path, options: .init(minimumSize: least)), size)
            }
        }
        let image = try AnnotatedImage.load(photograph.path, width: photograph.width, height: photograph.height)
        return (image, Image.Size(width: image.width, height: image.height))
    }

    private func sure(_ found: [Detection]) -> [Detection] {
        found.filter { $0.score >= outcome.thresholds.scores[$0.categoryName] }
    }

    /// Takes what is found in a photograph into the results.
    private func take(
        _ found: [Detection], isAtLimit: Bool, of photograph: Photographs.Item, size: Image.Size
    ) throws {
        if isAtLimit { outcome.imagesAtLimit += 1 }
        for detection in found {
            try results?.append(
                .init(imageID: photograph.id, detection: classes?.inDataset(detection) ?? detection),
                fileName: photograph.datasetName)
        }
        outcome.detections += found.count
        outcome.images += 1
        annotations?.append(sure(found).map { classes?.inDataset($0) ?? $0 }, of: photograph, size: size)
    }

    /// What came of a photograph; its pictures are written, and then it is done.
    private func outcome(
        _ look: consuming Result<Look, any Error>, of photograph: Photographs.Item
    ) throws -> FoundObjects {
        switch consume look {
        case .success(let look): return write(look, of: photograph)
        case .failure(let error as FileError): throw error
        case .failure(let error):
            return FoundObjects(failure: Wording.commandLine(error), isUnreadable: ImageError.isSystemFailure(error))
        }
    }

    private func write(_ look: consuming Look, of photograph: Photographs.Item) -> FoundObjects {
        let (image, size, detections) = look
        let isAtLimit = detections.count > limit
        let found = detections.prefix(limit).filter {
            (classes?.knows($0) ?? true) && (wanted?.contains($0.categoryID) ?? true)
        }
        let visible = sure(found).filter { painter.isDrawn($0.box, on: image) }
        let isDrawn = command.pictures && (!command.onlyFound || !visible.isEmpty)
        let cuts = cuts?.cuts(visible, picture: photograph.picture) ?? []
        let entry = DetectionJournal.Entry(
            name: photograph.name, stamp: DetectionJournal.stamp(of: photograph.path),
            size: [size.width, size.height], found: found.map { .init($0) }, isAtLimit: isAtLimit,
            drawn: isDrawn ? visible.count : 0)
        if isDrawn || !cuts.isEmpty {
            let boxes = visible.map { painter.detection($0, name: $0.categoryName ?? "\($0.categoryID)") }
            writer.write(
                image, boxes: boxes, to: isDrawn ? folder + "/" + photograph.picture : nil, cuts: cuts
            ) { [journal] in journal.append(entry) }
        } else {
            journal.append(entry)
        }
        return FoundObjects(detections: Array(found), size: size, isAtLimit: isAtLimit)
    }

    /// Waits for the pictures, and puts the lists under their names.
    ///
    /// - Parameter imageFolder: The folder that the photographs are in, if it is one.
    func finish(imageFolder: String?) throws -> Outcome {
        let name = outcome.wasInterrupted ? Self.incompleteResults : Self.results
        let written = try writer.finish().gathered(by: group)
        try results?.finish(as: name)
        if let annotations, !outcome.wasInterrupted, group.isFirst {
            try annotations.write(to: outcome.output, imageFolder: imageFolder, overwrites: true)
            if let imageFolder {
                console.note(
                    "the image files stay where they are: read \(annotations.name) with --images \(imageFolder)")
            }
        }
        written.warn(console)
        if let place {
            if !outcome.wasInterrupted {
                place.journal.remove()
                FolderTree.remove(outcome.output + "/" + Self.incompleteResults)
            } else if let failure = place.journal.failure {
                console.warn("\(place.journal.path): not all could be noted (\(failure)); --resume does that again")
            }
        }
        outcome.results = outcome.output + "/" + name
        outcome.drawn += written.boxes
        outcome.crops += written.cuts
        outcome.missingPictures = written.missing
        if outcome.imagesAtLimit > 0 {
            console.warn(
                "in \(outcome.imagesAtLimit) of \(Count.text(outcome.images, "image")) there was more than the \(limit) objects that are "
                    + "kept of one; --max-detections keeps more")
        }
        outcome.seconds = start.duration(to: .now).seconds
        return outcome
    }
}
