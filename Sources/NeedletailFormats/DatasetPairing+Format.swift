import NeedletailDatasets

extension DatasetPairing {
    /// - Parameter format: What the copy was written as.
    init(original: Dataset, copy: Dataset, format: DatasetFormat) {
        let codec = format.codec
        self.init(
            original: original, copy: copy, comparesPolygons: codec.capabilities.polygons,
            writtenImages: codec.writtenImages(original), writtenName: codec.writtenCategory)
    }
}
