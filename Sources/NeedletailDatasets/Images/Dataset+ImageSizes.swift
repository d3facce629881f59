import NeedletailGeometry
import NeedletailImages

extension Dataset {
    /// Width and height of every image: as the dataset states them, or else of the upright picture from the header of its
    /// file, as whoever drew boxes without stating a size has seen it. Zeros where neither tells.
    public func resolvedImageSizes() -> [Image.Size] {
        var sizes = images.indices.map { Image.Size(width: images[$0].width, height: images[$0].height) }
        let rows = images.indices.filter { !images[$0].hasSize }
        for (row, size) in zip(rows, sizesElsewhere(ofImages: rows, known: nil)) {
            sizes[row] = size ?? Image.Size(width: 0, height: 0)
        }
        return sizes
    }

    /// Takes the sizes of images whose records do not state any from where they are known, or from the image files.
    ///
    /// They are those of the upright pictures, as the tools that leave sizes out see them.
    ///
    /// - Parameter isStated: Whether records of the format state sizes, so that one without stays an issue.
    package mutating func takeImageSizes(known: KnownImages?, isStated: Bool) {
        let rows = images.indices.filter { images.widths[$0] <= 0 || images.heights[$0] <= 0 }
        guard !rows.isEmpty else { return }
        let sizes = sizesElsewhere(ofImages: rows, known: known)
        guard sizes.contains(where: { $0 != nil }) else { return }
        for (row, size) in zip(rows, sizes) {
            guard let size else { continue }
            images.widths[row] = Int32(clamping: size.width)
            images.heights[row] = Int32(clamping: size.height)
        }
        notes = findIssues(withoutStatedSize: isStated ? rows : nil)
    }

    /// The sizes of some images from another dataset, or else from the headers of their files.
    private func sizesElsewhere(ofImages rows: [Int], known: KnownImages?) -> [Image.Size?] {
        concurrentFlatMap(runs: rows.count) { run in
            run.map { place in
                let row = rows[place]
                if let image = known?.image(named: images.fileNames[row]), image.hasSize {
                    return Image.Size(width: image.width, height: image.height)
                }
                let information = try? ImageInformation(contentsOf: imagePath(ofImage: row))
                return information.map { Image.Size(width: $0.width, height: $0.height) }
            }
        }
    }
}
