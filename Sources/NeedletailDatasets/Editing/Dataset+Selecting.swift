extension Dataset {
    /// The dataset with only some of its images and annotations; categories stay as they are.
    ///
    /// What has no column (segmentations, licences ...) stays with the records that are kept.
    ///
    /// - Parameters:
    ///   - images: The rows to keep, in the order they are to have; none twice.
    ///   - isKept: Whether an annotation of these images is kept, by its row.
    public func selecting(images rows: [Int], annotations isKept: (Int) -> Bool = { _ in true }) -> Dataset {
        var builder = emptyBuilder()
        builder.categories = categories
        var place = [Int32](repeating: -1, count: images.count)
        for row in rows {
            precondition(place[row] < 0, "image \(row) is selected twice")
            place[row] = Int32(builder.images.count)
            builder.images.append(images, row: row, origin: images.origins[row])
        }
        for row in 0..<annotations.count {
            let image = place[Int(annotations.images[row])]
            guard image >= 0, isKept(row) else { continue }
            builder.annotations.append(
                annotations, row: row, image: image, category: annotations.categories[row],
                origin: annotations.origins[row])
        }
        return builder.build()
    }

    /// The dataset with all its images and only some of its annotations.
    public func selecting(annotations isKept: (Int) -> Bool) -> Dataset {
        selecting(images: Array(0..<images.count), annotations: isKept)
    }

    /// A builder with everything but the tables.
    package func emptyBuilder() -> DatasetBuilder {
        var builder = DatasetBuilder(provenance: provenance)
        builder.imageFolder = imageFolder
        builder.imageLocations = imageLocations
        builder.remarks = settledRemarks
        builder.sources = sources
        builder.layout = layout
        return builder
    }
}

extension ImageTable {
    /// Appends a row of another table.
    package mutating func append(_ other: ImageTable, row: Int, origin: RecordOrigin, describedIn file: String? = nil) {
        append(other[row], origin: origin, describedIn: file ?? other.descriptionFile(of: row))
    }
}

extension AnnotationTable {
    /// Appends a row of another table, for another image and category.
    package mutating func append(
        _ other: AnnotationTable, row: Int, image: Int32, category: Int32, origin: RecordOrigin
    ) {
        ids.append(other.ids[row])
        images.append(image)
        categories.append(category)
        boxes.append(other.boxes[row])
        areas.append(other.areas[row])
        flags.append(other.flags[row])
        origins.append(origin)
    }
}
