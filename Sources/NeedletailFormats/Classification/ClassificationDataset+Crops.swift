import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages

extension ClassificationDataset {
    /// The boxes of a dataset, each a picture of its class; those that cannot be trained on are left out and counted.
    ///
    /// - Parameter margin: What is added on every side, as a share of the box's own size, so that some of what is around it is
    ///   seen.
    public init(boxesOf dataset: Dataset, margin: Double = 0) {
        let view = dataset.trainingView()
        var items: [Item] = []
        for (position, row) in view.images.enumerated() {
            let image = dataset.images[row]
            let path = dataset.imagePath(ofImage: row)
            let split = dataset.field("split", ofImage: row)
            for (number, object) in view.objects(at: position).enumerated() {
                let box = object.box
                let wider = box.widened(by: margin)
                items.append(
                    Item(
                        name: "\(image.fileName) box \(number + 1)",
                        source: .crop(
                            of: path, size: Image.Size(width: image.width, height: image.height), box: wider),
                        labels: [object.category], split: split))
            }
        }
        // Classes without a box are none of a classifier.
        let used = Set(items.flatMap(\.labels)).sorted()
        let ranks = Dictionary(used.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let reasons = Dictionary(grouping: view.setAside.filter { $0.annotation != nil }, by: \.reason)
        var remarks = reasons.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\(dataset.provenance.path): boxes left out (\($1.count)): each \($0.rawValue)"
        }
        let unused = dataset.categories.indices.filter { ranks[$0] == nil }.map { dataset.categories[$0].name }
        if !unused.isEmpty {
            remarks.append(
                "\(dataset.provenance.path): classes without a box are left out (\(unused.count)): "
                    + unused.listed())
        }
        self.init(
            path: dataset.provenance.path, classes: used.map { dataset.categories[$0].name },
            items: items.map { item in
                var item = item
                item.labels = item.labels.compactMap { ranks[$0] }
                return item
            }, remarks: remarks)
    }
}
