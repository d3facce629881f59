import NeedletailDatasets

/// Which classes stand in the same images.
public struct Cooccurrence: Encodable, Hashable, Sendable {
    /// The classes that the most images have, at most 20, in the order of the dataset.
    public var classes: [String]
    /// How many images have both; on the diagonal, how many have the class at all.
    public var images: [[Int]]

    static let mostClasses = 20

    init(_ dataset: Dataset) {
        let counts = Self.imageCounts(dataset)
        let shown = counts.indices.filter { counts[$0] > 0 }
            .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
            .prefix(Self.mostClasses).sorted()
        let places = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
        var images = [[Int]](repeating: Array(repeating: 0, count: shown.count), count: shown.count)
        for image in dataset.images.indices {
            let present = Self.classes(ofImage: image, dataset).compactMap { places[$0] }
            for one in present {
                for other in present { images[one][other] += 1 }
            }
        }
        self.images = images
        classes = shown.map { dataset.categories[$0].name }
    }

    /// How many images have each category.
    static func imageCounts(_ dataset: Dataset) -> [Int] {
        var counts = [Int](repeating: 0, count: dataset.categories.count)
        for image in dataset.images.indices {
            for category in classes(ofImage: image, dataset) { counts[category] += 1 }
        }
        return counts
    }

    private static func classes(ofImage image: Int, _ dataset: Dataset) -> Set<Int> {
        Set(dataset.annotations(ofImage: image).map { dataset.annotations.category(of: $0) })
    }
}
