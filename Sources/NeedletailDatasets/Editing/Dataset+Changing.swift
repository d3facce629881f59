import NeedletailGeometry

extension Dataset {
    /// Changes annotations one by one.
    ///
    /// Of a changed annotation the changed members alone are written anew; what has no column stays as it stood.
    /// Note that a segmentation does not follow its box.
    ///
    /// - Precondition: The rows of image and category exist.
    public mutating func updateAnnotations(_ change: (_ row: Int, _ annotation: inout Annotation) -> Void) {
        var builder = emptyBuilder()
        builder.images = images
        builder.categories = categories
        for row in 0..<annotations.count {
            let before = annotations[row]
            var after = before
            change(row, &after)
            precondition(
                images.indices.contains(after.image) && categories.indices.contains(after.category),
                "annotation \(row) is of image row \(after.image) and category row \(after.category)")
            var flags = annotations.flags[row].intersection(.ofFile)
            if after.box != before.box { flags.subtract([.hasNoBox, .hasNoArea]) }
            builder.append(after, flags: flags, origin: annotations.origins[row])
        }
        self = builder.build()
    }

    /// Changes images one by one. What has no column stays as it stood.
    public mutating func updateImages(_ change: (_ row: Int, _ image: inout ImageRecord) -> Void) {
        var builder = emptyBuilder()
        builder.categories = categories
        builder.annotations = annotations
        for row in 0..<images.count {
            var image = images[row]
            change(row, &image)
            builder.images.append(
                image, origin: images.origins[row], describedIn: images.descriptionFile(of: row))
        }
        self = builder.build()
    }

    /// The dataset under other categories: renamed, joined, dropped, in another order.
    ///
    /// - Parameters:
    ///   - categories: The new list. A category taken from ``categories`` and changed keeps its other fields.
    ///   - rows: For each of the dataset's own categories its row in the new list, or nil to drop its annotations.
    /// - Precondition: One entry of `rows` for each category, each nil or a row of the new list.
    public func mappingCategories(to categories: [Category], rows: [Int?]) -> Dataset {
        precondition(rows.count == self.categories.count, "\(rows.count) rows for \(self.categories.count) categories")
        precondition(rows.allSatisfy { $0.map(categories.indices.contains) ?? true }, "no such category: \(rows)")
        var builder = emptyBuilder()
        builder.images = images
        builder.categories = categories
        for row in 0..<annotations.count {
            guard let category = rows[Int(annotations.categories[row])] else { continue }
            builder.annotations.append(
                annotations, row: row, image: annotations.images[row], category: Int32(category),
                origin: annotations.origins[row])
        }
        return builder.build()
    }
}
