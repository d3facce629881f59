import Needletail
import NeedletailSystem

/// A photograph of a dataset with its objects, as a detector is trained on it.
struct AnnotatedPhotograph {
    let image: Image
    /// In pixels of the photograph, labels are the detector's class indices.
    let objects: [LabeledImage.Object]
    /// Their classes.
    let names: [String]

    /// - Throws: ``CommandError`` when the photograph is none of the dataset; `TrainingError` when there is no box to train
    ///   on or a class is unknown to the detector.
    init(_ path: String, of dataset: Dataset, categories: [DenseDetector.Category]) throws {
        let photographs = try Photographs(path, of: dataset)
        let data = try TrainingData(dataset, categories: categories, keepsEmptyImages: true)
        let name = photographs.items.first?.datasetName
        guard let row = data.names.firstIndex(where: { $0 == name }) else {
            throw CommandError(
                "\(path): nothing of this photograph can be trained on. 'needletail check' says what is wrong with its boxes."
            )
        }
        let labeled = try data.labeledImage(row)
        image = labeled.image
        objects = labeled.objects
        let known = Dictionary(categories.map { ($0.classIndex, $0.name) }) { first, _ in first }
        names = objects.map { known[$0.label] ?? "?" }
    }

    /// The dataset that a photograph is of; its images are looked for where the photograph is, too.
    static func dataset(_ annotations: String, of photograph: String) throws -> Dataset {
        let dataset = try Dataset.read(annotations)
        let photographs = try Photographs(photograph, of: dataset)
        let name = photographs.items.first?.datasetName
        guard let row = (0..<dataset.images.count).first(where: { dataset.images.fileName(of: $0) == name }),
            !ImageFolder.exists(dataset.imagePath(ofImage: row))
        else { return dataset }
        return try Dataset.read(annotations, images: FilePath.parent(of: photograph))
    }

    /// In pixels of a network's input.
    func target(_ transform: InputTransform) -> DetectionTarget {
        transform.target(
            boxes: objects.map(\.box.corners), classIndices: objects.map(\.label), width: image.width,
            height: image.height, flippedHorizontally: false)
    }
}
