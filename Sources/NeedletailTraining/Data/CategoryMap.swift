import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailModels

/// How a dataset's categories correspond to a detector's: by name, as ``CategoryNameIndex`` finds it, for every verb.
public struct CategoryMap: Sendable {
    /// The dataset's, in its order.
    public let datasetCategories: [Category]
    /// The detector's for each of them; nil where it knows none of that name.
    public let detectorCategories: [DenseDetector.Category?]
    /// The dataset's number of each of the detector's categories that it has, by the detector's id.
    public let numbers: [Int: Int]
    /// The detector's categories that the dataset does not have.
    public let foreignCategories: [DenseDetector.Category]
    private let names: [String]
    private let path: String

    public init(_ dataset: Dataset, categories: [DenseDetector.Category]) {
        names = categories.map(\.name)
        let index = CategoryNameIndex(names)
        path = dataset.provenance.path
        datasetCategories = dataset.categories
        let found = index.places(of: dataset.categories.map(\.name))
        detectorCategories = zip(dataset.categories, found).map { category, places in
            // Of several of one name the number tells which it is.
            (places.first { categories[$0].id == category.number } ?? places.first).map { categories[$0] }
        }
        let pairs = zip(detectorCategories, dataset.categories).compactMap { known, category in
            known.map { ($0.id, category.number) }
        }
        let numbers = Dictionary(pairs) { first, _ in first }
        self.numbers = numbers
        foreignCategories = categories.filter { numbers[$0.id] == nil }
    }

    /// The dataset's categories that the detector does not know.
    public var unknownCategories: [Category] {
        zip(datasetCategories, detectorCategories).filter { $1 == nil }.map(\.0)
    }

    /// - Throws: ``TrainingError`` when a category of the dataset is unknown to the detector.
    func requireAllKnown() throws {
        guard let unknown = zip(datasetCategories, detectorCategories).first(where: { $1 == nil })?.0 else { return }
        throw TrainingError(
            .data, path,
            problem:
                "the category '\(unknown.name.showingControls())' (id \(unknown.id)) is not one of the detector's: "
                + names.joined(separator: ", "),
            remedy: "Rename or remove it with \(verb: .remap), or train on a dataset that has it.")
    }

    /// The categories of a detector that is to be trained on a dataset: the dataset's, from class index 1.
    ///
    /// - Throws: ``TrainingError`` when it has none.
    public static func newCategories(of dataset: Dataset) throws -> [DenseDetector.Category] {
        guard !dataset.categories.isEmpty else {
            throw TrainingError(
                .data, dataset.provenance.path, problem: "the dataset has no categories",
                remedy: "Name what is to be found in 'categories'.")
        }
        return dataset.categories.enumerated().map {
            DenseDetector.Category(id: $1.number, name: $1.name, classIndex: $0 + 1)
        }
    }
}
