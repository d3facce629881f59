extension Dataset {
    /// Several datasets one after the other: images, categories and annotations of the first, then of the second ...
    ///
    /// Nothing is reconciled: identifiers and names may stand twice. Fields without a column stay with their
    /// records. Of a member beside the three lists (`info`, `licenses` ...) that several datasets have, the first
    /// one's is kept. The image folder is the common one, or none where they differ; images that lie elsewhere are not found.
    public static func concatenating(_ datasets: [Dataset]) -> Dataset {
        let paths = datasets.map(\.provenance.path)
        let formats = Set(datasets.map(\.provenance.format))
        var builder = DatasetBuilder(
            provenance: Provenance(
                path: paths.joined(separator: ", "), format: formats.count == 1 ? datasets[0].provenance.format : nil))
        let folders = Set(datasets.map(\.imageFolder))
        builder.imageFolder = folders.count == 1 ? datasets[0].imageFolder : nil
        builder.remarks = datasets.flatMap(\.settledRemarks)
        for dataset in datasets { builder.append(dataset) }
        return builder.build()
    }
}

extension DatasetBuilder {
    fileprivate mutating func append(_ dataset: Dataset) {
        let firstSource = sources.count
        let firstImage = Int32(images.count)
        let firstCategory = Int32(categories.count)
        sources += dataset.sources
        for member in dataset.layout where !has(member, of: dataset) {
            layout.append(member.moved(by: firstSource))
        }
        for row in 0..<dataset.images.count {
            images.append(
                dataset.images, row: row, origin: dataset.images.origins[row].moved(by: firstSource))
        }
        for var category in dataset.categories {
            category.origin = category.origin.moved(by: firstSource)
            categories.append(category)
        }
        let table = dataset.annotations
        for row in 0..<table.count {
            annotations.append(
                table, row: row, image: table.images[row] + firstImage,
                category: table.categories[row] + firstCategory, origin: table.origins[row].moved(by: firstSource))
        }
    }

    /// Whether the layout has a member of that name.
    private func has(_ member: TopLevelMember, of dataset: Dataset) -> Bool {
        guard case .other(let source, let key, _) = member else { return layout.contains(member) }
        let name = dataset.sources[source].text[key]
        return layout.contains { other in
            guard case .other(let source, let key, _) = other else { return false }
            return sources[source].text[key].elementsEqual(name)
        }
    }
}

extension RecordOrigin {
    /// The same place when its source stands further back in the list.
    package func moved(by sources: Int) -> RecordOrigin {
        isNone ? self : RecordOrigin(source: source + sources, offset: offset)
    }
}

extension TopLevelMember {
    fileprivate func moved(by sources: Int) -> TopLevelMember {
        guard case .other(let source, let key, let value) = self else { return self }
        return .other(source: source + sources, key: key, value: value)
    }
}
