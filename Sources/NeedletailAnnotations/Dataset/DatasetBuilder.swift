import NeedletailGeometry

/// Gathers the columns of a dataset while a reader goes through its files.
struct DatasetBuilder {
    var images = ImageTable()
    var categories: [Category] = []
    var annotations = AnnotationTable()
    var provenance: Dataset.Provenance
    var imageFolder: String?
    var sources: [ByteSource] = []
    var layout: [TopLevelMember] = []
    var refusals = Refusals()

    init(provenance: Dataset.Provenance) {
        self.provenance = provenance
    }

    mutating func append(_ annotation: Annotation, flags: AnnotationTable.Flags = [], origin: RecordOrigin = .none) {
        var flags = flags
        if annotation.id != nil { flags.insert(.hasID) }
        if annotation.crowd != nil { flags.insert(.hasCrowd) }
        if annotation.isCrowd { flags.insert(.isCrowd) }
        if annotation.isDifficult { flags.insert(.isDifficult) }
        annotations.ids.append(annotation.id ?? 0)
        annotations.images.append(Int32(annotation.image))
        annotations.categories.append(Int32(annotation.category))
        annotations.boxes.append(annotation.box)
        annotations.areas.append(annotation.area ?? .nan)
        annotations.flags.append(flags)
        annotations.origins.append(origin)
    }

    func build() -> Dataset {
        Dataset(builder: self)
    }
}
