import NeedletailGeometry
import NeedletailImages

extension Dataset {
    /// Width and height of every image: as the dataset states them, or else of the upright picture from the header of its
    /// file, as whoever drew boxes without stating a size has seen it. Zeros where neither tells.
    public func resolvedImageSizes() -> [Image.Size] {
        var sizes = images.indices.map { Image.Size(width: images[$0].width, height: images[$0].height) }
        let rows = images.indices.filter { !images[$0].hasSize }
        let read = concurrentMap(rows.count) { index in
            try? ImageInformation(contentsOf: imagePath(ofImage: rows[index]))
        }
        for (row, information) in zip(rows, read) {
            sizes[row] = information.map { Image.Size(width: $0.width, height: $0.height) }
                ?? Image.Size(width: 0, height: 0)
        }
        return sizes
    }
}
