import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

extension COCOResults {
    /// Reads detections of any format that has scores: COCO results, or a dataset whose boxes carry them.
    ///
    /// Images are found by file name and categories by name, where the detections have names: then it does not matter
    /// how the dataset numbers them. YOLO's class numbers without names are the places in the dataset's list of
    /// categories. Detections of named categories that the dataset does not have are left out, and counted in
    /// ``foreignCategories``.
    ///
    /// - Parameters:
    ///   - path: The file or folder.
    ///   - dataset: What the detections were made for; it also tells the sizes of images.
    ///   - isLenient: Whether entries that are no good are left out and listed in ``refusals``.
    /// - Throws: ``FileError``; ``AnnotationError`` that names the record, or when no category is one of the dataset's.
    public static func read(_ path: String, of dataset: Dataset, isLenient: Bool = false) throws -> COCOResults {
        let results = try readAll(path, of: dataset, isLenient: isLenient)
        guard results.isEmpty, results.refusals.isEmpty, !results.foreignCategories.isEmpty else { return results }
        throw AnnotationError(
            .unknownReference, file: path,
            problem:
                "none of the classes of these detections (\(results.foreignCategories.keys.sorted().listed())) is one "
                + "of \(dataset.provenance.path) (\(dataset.categories.map(\.name).listed()))",
            remedy: "Give the dataset that they were made for, or rename its classes with \(verb: .remap)")
    }

    private static func readAll(_ path: String, of dataset: Dataset, isLenient: Bool) throws -> COCOResults {
        guard try isDataset(path) else {
            return try COCOResultsReader.read(
                path, of: dataset, categories: dataset.categories, isLenient: isLenient)
        }
        var options = ReadingOptions()
        options.usesSidecar = false
        options.isLenient = isLenient
        options.knownImages = KnownImages(dataset.images)
        let detections = try Dataset.read(path, options: options)
        return try DetectionJoin(detections, with: dataset).results(isLenient: isLenient)
    }

    private static func isDataset(_ path: String) throws -> Bool {
        if Folder.isFolder(path) { return true }
        let formats = try FileContent(path).formats
        return !formats.isEmpty && !formats.contains(.cocoResults)
            && !(formats == [.coco] && !JSONContent.isObject(path))
    }
}

/// Finds the images and categories of a dataset that detections in another one mean.
private struct DetectionJoin {
    private let detections: Dataset
    private let dataset: Dataset
    private let matcher: ImageMatcher
    private let categories: [Int?]

    init(_ detections: Dataset, with dataset: Dataset) {
        self.detections = detections
        self.dataset = dataset
        matcher = ImageMatcher(dataset.images)
        let codec = detections.provenance.format?.codec
        let names = CategoryNameIndex(dataset.categories.map(\.name))
        let writtenNames = CategoryNameIndex(dataset.categories.map { codec?.writtenCategory($0.name) ?? $0.name })
        let rows = ClassIndices(dataset.categories).rows
        let ownNames = detections.categories.map(\.name)
        categories = zip(detections.categories, zip(names.places(of: ownNames), writtenNames.places(of: ownNames))).map
        {
            category, found in
            if let places = [found.0, found.1].first(where: { !$0.isEmpty }) {
                let place = places.first { dataset.categories[$0].id == category.id } ?? places[0]
                return dataset.categories[place].number
            }
            guard let place = Self.number(of: category), rows.indices.contains(place) else { return nil }
            return dataset.categories[rows[place]].number
        }
    }

    /// The number of a class that has no name.
    private static func number(of category: Category) -> Int? {
        Int(category.name).flatMap { category.id.integer == $0 ? $0 : nil }
    }

    func results(isLenient: Bool) throws -> COCOResults {
        let imageIDs = (0..<detections.images.count).map { row in
            matcher.row(ofName: detections.images.fileNames[row]).map { dataset.images.ids[$0] }
        }
        var results = COCOResults()
        for row in 0..<detections.annotations.count {
            let annotation = detections.annotations[row]
            let name = detections.images.fileNames[annotation.image]
            guard let id = imageIDs[annotation.image] else {
                try refuse(row, "its image \(name) is not in the dataset", isLenient, &results)
                continue
            }
            guard let category = categories[annotation.category] else {
                let category = detections.categories[annotation.category]
                if Self.number(of: category) == nil {
                    results.leaveOut(foreign: category.name, index: row)
                } else {
                    try refuse(row, "its category \(category.name) is not in the dataset", isLenient, &results)
                }
                continue
            }
            guard let score = detections.fields(ofAnnotation: row).double("score") else {
                try refuse(row, "it has no score, which detections have", isLenient, &results)
                continue
            }
            results.append(
                COCOResults.Entry(
                    imageID: id, detection: Detection(box: annotation.box, score: score, categoryID: category)))
        }
        return results
    }

    private func refuse(
        _ row: Int, _ problem: String, _ isLenient: Bool, _ results: inout COCOResults
    ) throws(AnnotationError) {
        let error = AnnotationError(
            .unknownReference, file: detections.file(ofImage: detections.annotations[row].image),
            record: detections.recordName(ofAnnotation: row), problem: problem,
            remedy: "Are these the detections of this dataset?")
        guard isLenient else { throw error }
        results.setAside(error, index: row)
    }
}
