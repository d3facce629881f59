import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

extension COCOResults {
    /// Reads detections of any format that has scores: COCO results, or a dataset whose boxes carry them.
    ///
    /// Images are found by file name and categories by name. YOLO's class numbers without names are the places in
    /// the dataset's list of categories.
    ///
    /// - Parameters:
    ///   - path: The file or folder.
    ///   - dataset: What the detections were made for; it also tells the sizes of images.
    ///   - isLenient: Whether entries that are no good are left out and listed in ``refusals``.
    /// - Throws: ``FileError``; ``AnnotationError`` that names the record.
    public static func read(_ path: String, of dataset: Dataset, isLenient: Bool = false) throws -> COCOResults {
        guard try isDataset(path) else {
            return try read(path, categories: dataset.categories, isLenient: isLenient)
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
        let written = detections.provenance.format?.codec.writtenCategory ?? { $0 }
        let names = dataset.categories.map { ($0.name, $0.number) }
        let byName = Dictionary(names + names.map { (written($0.0), $0.1) }) { first, _ in first }
        let rows = ClassIndices(dataset.categories).rows
        categories = detections.categories.map { category in
            if let number = byName[category.name] { return number }
            guard let place = Int(category.name), category.id.integer == place, rows.indices.contains(place)
            else { return nil }
            return dataset.categories[rows[place]].number
        }
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
                let category = detections.categories[annotation.category].name
                try refuse(row, "its category \(category) is not in the dataset", isLenient, &results)
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
