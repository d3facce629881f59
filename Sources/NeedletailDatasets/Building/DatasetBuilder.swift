import NeedletailGeometry
import NeedletailSystem

/// Gathers the columns of a dataset while a reader goes through its files.
package struct DatasetBuilder {
    package var images = ImageTable()
    package var categories: [Category] = []
    package var annotations = AnnotationTable()
    package var provenance: Dataset.Provenance
    package var imageFolder: String?
    var imageLocations: ImageLocations?
    package var sources: [ByteSource] = []
    package var layout: [TopLevelMember] = []
    package var refusals = Refusals()
    package var remarks: [ReadingRemark] = []

    package init(provenance: Dataset.Provenance) {
        self.provenance = provenance
    }

    package mutating func append(
        _ annotation: Annotation, flags: AnnotationTable.Flags = AnnotationTable.Flags(), origin: RecordOrigin = .none
    ) {
        annotations.append(annotation, flags: flags, origin: origin)
    }

    package func build() -> Dataset {
        Dataset(builder: self)
    }
}
