import NeedletailGeometry
import NeedletailSystem

/// A dataset of annotated images: columns in memory, made once from a file of any supported format.
///
/// A dataset is a value: a copy shares its columns until one of the two changes. Fields that have no column
/// (segmentations, keypoints, licences, dates ...) are not in memory; the dataset keeps their place in the
/// file they came from, which it holds mapped, and copies them when it is written. That file may be replaced
/// or deleted but must not be edited in place while the dataset lives; writing throws if it was.
public struct Dataset: Sendable {
    /// The images in the order of the file, those without annotations included.
    public internal(set) var images: ImageTable
    /// The categories in the order of the file.
    public internal(set) var categories: [Category]
    /// The annotations in the order of the file.
    public internal(set) var annotations: AnnotationTable
    /// Where the dataset came from and how it was read.
    public internal(set) var provenance: Provenance
    /// The folder that the images' file names are relative to.
    public var imageFolder: String? {
        didSet { imageLocations = nil }
    }
    /// Where images are looked for that are not there.
    var imageLocations: ImageLocations?

    package var index: AnnotationIndex
    package var sources: [ByteSource]
    package var layout: [TopLevelMember]
    package var notes: [IssueNote]
    /// What reading met that is no matter of a record alone, and what it took over otherwise than it stands.
    package var remarks: [ReadingRemark]
    package internal(set) var refused: Refusals

    /// Why records were left out, in the order of the file; empty unless the dataset was read leniently.
    public var refusals: [AnnotationError] { refused.errors }

    public struct Provenance: Hashable, Sendable {
        /// The file or folder that was read; empty for a dataset made in memory.
        public var path: String
        public var format: DatasetFormat?
        public var split: String?
        /// How pixel coordinates were read, for Pascal VOC.
        public var vocOrigin: VOCOrigin?

        package init(
            path: String, format: DatasetFormat? = nil, split: String? = nil, vocOrigin: VOCOrigin? = nil
        ) {
            self.path = path
            self.format = format
            self.split = split
            self.vocOrigin = vocOrigin
        }
    }

    /// A dataset made in memory.
    ///
    /// - Precondition: The rows of images and categories in `annotations` exist.
    public init(images: [ImageRecord], categories: [Category], annotations: [Annotation]) {
        var builder = DatasetBuilder(provenance: Provenance(path: ""))
        for image in images { builder.images.append(image, origin: .none) }
        builder.categories = categories
        for annotation in annotations {
            precondition(
                images.indices.contains(annotation.image) && categories.indices.contains(annotation.category),
                "annotation of image row \(annotation.image) and category row \(annotation.category) in a dataset of "
                    + "\(images.count) images and \(categories.count) categories")
            builder.append(annotation)
        }
        self = builder.build()
    }

    package init(builder: DatasetBuilder) {
        images = builder.images
        categories = builder.categories
        Category.assignNumbers(&categories)
        annotations = builder.annotations
        provenance = builder.provenance
        imageFolder = builder.imageFolder
        imageLocations = builder.imageLocations
        remarks = builder.remarks
        sources = builder.sources
        layout = builder.layout
        refused = builder.refusals
        index = AnnotationIndex(imageCount: images.count, images: annotations.images)
        notes = []
        notes = findIssues()
    }

    /// The rows in ``annotations`` of one image's annotations, ascending.
    public func annotations(ofImage image: Int) -> AnnotationRows {
        index[image]
    }

    /// One image's annotations as the metrics see them.
    ///
    /// Annotations whose box is missing or not finite are left out; boxes are as the file has them, not
    /// clipped. An annotation without a whole-number identifier gets a negative one, unique in the dataset.
    public func groundTruths(ofImage image: Int) -> [GroundTruth] {
        index[image].compactMap { row in
            let annotation = annotations[row]
            let box = annotation.box
            guard !annotations.flags[row].contains(.hasNoBox), box.isFinite else { return nil }
            return GroundTruth(
                id: annotation.id?.integer ?? -1 - row, box: box,
                categoryID: categories[annotation.category].number, area: annotation.resolvedArea,
                isCrowd: annotation.isCrowd, isDifficult: annotation.isDifficult)
        }
    }

    /// The row of the image with an identifier.
    ///
    /// Cost: a pass over the images; build a dictionary to look up many.
    public func image(withID id: RecordID) -> Int? {
        (0..<images.count).first { images.ids[$0] == id }
    }
}

extension Dataset {
    /// The box of an annotation when it has one that can be written; others are kept by the sidecar alone.
    ///
    /// Its corners are in order, as formats ask for.
    package func writableBox(_ row: Int) -> Box? {
        let box = annotations.boxes[row]
        guard !annotations.flags[row].contains(.hasNoBox), box.isFinite else { return nil }
        return box.isReversed ? box.inOrder : box
    }
}

extension Box {
    package var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }
}

/// A member of the file's outermost object, in its order there.
package enum TopLevelMember: Hashable, Sendable {
    case images, annotations, categories
    /// Anything else, copied as it stands. The key without its quotes, the value from its first to its last byte.
    case other(source: Int, key: Range<Int>, value: Range<Int>)
}
