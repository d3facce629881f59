import Needletail

/// The classes that a detector's are called by in a dataset.
struct DatasetClasses {
    let dataset: Dataset
    private let map: CategoryMap
    private let names: [Int: String]

    /// Says which classes only one of the two knows.
    ///
    /// - Throws: ``CommandError`` when they have none in common.
    init(_ dataset: Dataset, of model: any ObjectDetector, console: Console) throws {
        self.dataset = dataset
        let categories = model.categories
        map = CategoryMap(dataset, categories: categories)
        names = Dictionary(dataset.categories.map { ($0.number, $0.name) }) { first, _ in first }
        let path = dataset.provenance.path
        guard !map.numbers.isEmpty else {
            throw CommandError(
                "\(path): none of its classes (\(dataset.categories.map(\.name).listed())) is one of the detector's "
                    + "(\(categories.map(\.name).listed())). Classes are matched by name: 'needletail remap' renames those "
                    + "of a dataset.")
        }
        let foreign = map.foreignCategories.map(\.name), unknown = map.unknownCategories.map(\.name)
        if !foreign.isEmpty {
            console.warn(
                "classes of the detector that are not in \(path), whose objects are left out (\(foreign.count)): "
                    + foreign.listed())
        }
        if !unknown.isEmpty {
            console.warn(
                "classes of \(path) that the detector does not know (\(unknown.count)): \(unknown.listed())")
        }
    }

    /// Whether the dataset has the class of a detection.
    func knows(_ detection: Detection) -> Bool { map.numbers[detection.categoryID] != nil }

    /// A detection with the dataset's number and name of its class.
    func inDataset(_ detection: Detection) -> Detection {
        var detection = detection
        detection.categoryID = map.numbers[detection.categoryID] ?? detection.categoryID
        detection.categoryName = names[detection.categoryID] ?? detection.categoryName
        return detection
    }
}
