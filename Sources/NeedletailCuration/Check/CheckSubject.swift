import NeedletailDatasets

/// A dataset to be checked: one file, or one split of several.
public struct CheckSubject: Sendable {
    /// What people know it by: the path, with the split where there is one.
    public var name: String
    public var dataset: Dataset
    /// Why the file could not be read at all; the dataset is empty then.
    public var failure: AnnotationError?

    public init(name: String, dataset: Dataset) {
        self.name = name
        self.dataset = dataset
    }

    public init(name: String, failure: AnnotationError) {
        self.name = name
        self.failure = failure
        dataset = Dataset(images: [], categories: [], annotations: [])
    }
}
