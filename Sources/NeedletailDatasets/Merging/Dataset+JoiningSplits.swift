extension Dataset {
    /// Gives the dataset all of the categories in a list, numbered from 1, among them its own.
    ///
    /// - Parameter names: Each once.
    package mutating func numberCategories(_ names: [String]) {
        let own = Dictionary(categories.map { ($0.name, $0) }) { first, _ in first }
        let all = names.enumerated().map { place, name in
            var category = own[name] ?? Category(id: 0, name: name)
            category.id = .integer(place + 1)
            return category
        }
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        guard all != categories else { return }
        let locations = imageLocations
        self = mappingCategories(to: all, rows: categories.map { places[$0.name] })
        imageLocations = locations
    }

    /// The splits of one dataset, which were read one by one, as one whose images carry the names of their splits.
    ///
    /// Categories are matched by name; where their identifiers differ between the splits that is an issue of the whole.
    ///
    /// - Parameters:
    ///   - splits: Each with its name and the file or folder that it was read from.
    ///   - path: Where all of them lie.
    package static func joining(
        splits: [(name: String, path: String, dataset: Dataset)], path: String, folder: String
    ) -> Dataset {
        let named = splits.map { split in
            split.dataset.withFields(ofImages: { _ in [("split", .text(split.name))] })
        }
        let merge = DatasetMerge(named, names: splits.map(\.path), folder: folder, joinsImages: false)
        var dataset = merge.dataset
        let first = splits[0].dataset.provenance
        dataset.provenance = Provenance(path: path, format: first.format, vocOrigin: first.vocOrigin)
        dataset.remarks += merge.conflicts.map {
            ReadingRemark(.categoryDisagreement, file: path, record: "categories", detail: $0)
        }
        var refused = Refusals()
        for error in splits.flatMap(\.dataset.refusals) { refused.append(error, list: "", place: nil) }
        dataset.refused = refused
        return dataset
    }
}
