import NeedletailDatasets
import NeedletailFormats
import NeedletailModels

/// How a dataset's categories correspond to a detector's: by name.
public enum CategoryMap {
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

    /// The detector's class index of each row of the dataset's categories.
    static func classIndices(of dataset: Dataset, categories: [DenseDetector.Category]) throws -> [Int] {
        try detectorCategories(of: dataset, categories: categories).map(\.classIndex)
    }

    /// The dataset's category number of each of the detector's ids.
    static func numbers(of dataset: Dataset, categories: [DenseDetector.Category]) throws -> [Int: Int] {
        let known = try detectorCategories(of: dataset, categories: categories)
        return Dictionary(
            zip(known.map(\.id), dataset.categories.map(\.number)), uniquingKeysWith: { first, _ in first })
    }

    private static func detectorCategories(of dataset: Dataset, categories: [DenseDetector.Category]) throws
        -> [DenseDetector.Category]
    {
        let byName = Dictionary(categories.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return try dataset.categories.map { category in
            guard let known = byName[category.name] else {
                throw TrainingError(
                    .data, dataset.provenance.path,
                    problem: "the category '\(category.name)' (id \(category.id)) is not one of the detector's: "
                        + "\(categories.map(\.name).joined(separator: ", "))",
                    remedy: "Rename or remove it, or train on a dataset that has it.")
            }
            return known
        }
    }
}
