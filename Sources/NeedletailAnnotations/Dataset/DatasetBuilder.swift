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
        annotations.append(annotation, flags: flags, origin: origin)
    }

    func build() -> Dataset {
        Dataset(builder: self)
    }
}
