import NeedletailDatasets
import NeedletailGeometry
import NeedletailPlatform

/// What a dataset is made of, in numbers.
///
/// Sizes, ratios and positions are those of single objects whose box has an area; crowds are counted apart.
public struct DatasetStatistics: Encodable, Sendable {
    public struct Class: Encodable, Hashable, Sendable {
        public var name: String
        public var boxes = 0
        public var crowds = 0
        /// Images that have it.
        public var images = 0
        public var small = 0
        public var medium = 0
        public var large = 0
        /// Of the square root of the box's area, in pixels.
        public var medianSide = 0.0
        /// Of width over height.
        public var medianRatio = 0.0
    }

    public struct ImageSize: Encodable, Hashable, Sendable {
        public var width: Int
        public var height: Int
        public var images: Int
    }

    public var images: Int
    public var imagesWithoutBoxes = 0
    public var imagesWithoutSize = 0
    public var boxes: Int
    public var crowds = 0
    /// Boxes that are missing, not finite or without area.
    public var unusableBoxes = 0
    public var boxesPerImage: Distribution
    public var boxesPerImageHistogram: Histogram
    public var imageWidth: Distribution
    public var imageHeight: Distribution
    /// The most frequent sizes of images, at most ten.
    public var imageSizes: [ImageSize]
    public var differentImageSizes: Int
    /// COCO's: by area, below 32², to 96², above.
    public var small = 0
    public var medium = 0
    public var large = 0
    /// Square roots of areas of boxes, in pixels.
    public var side: Distribution
    public var sideHistogram: Histogram
    /// Square roots of the boxes' parts of their images.
    public var relativeSideHistogram: Histogram
    /// Width over height.
    public var ratio: Distribution
    public var ratioHistogram: Histogram
    /// Where the centres of boxes lie in their images: rows from the top of columns from the left.
    public var centers: [[Int]]
    /// In the order of the dataset.
    public var classes: [Class]
    /// Boxes of the most frequent class for one of the rarest that has any; 0 without boxes.
    public var imbalance = 0.0
    /// The number of equally frequent classes that would be as uncertain: e to the entropy of the classes' shares.
    public var effectiveClasses = 0.0
    public var cooccurrence: Cooccurrence
    public var anchors: SuggestedAnchors

    public static let centerCells = 20

    /// - Parameters:
    ///   - anchorCount: How many anchors to suggest.
    ///   - anchorImageSide: Anchors are measured in images resized so that their longer side is this; nil for images
    ///     as they are.
    public init(_ dataset: Dataset, anchorCount: Int = 9, anchorImageSide: Int? = nil, seed: UInt64 = 0) {
        images = dataset.images.count
        boxes = dataset.annotations.count
        let counts = dataset.images.indices.map { Double(dataset.annotations(ofImage: $0).count) }
        imagesWithoutBoxes = counts.count { $0 == 0 }
        boxesPerImage = Distribution(counts)
        boxesPerImageHistogram = Histogram(edges: [0, 1, 2, 3, 5, 9, 17, 33, 65, 129, 257])
        for count in counts { boxesPerImageHistogram.add(count) }
        let sized = dataset.images.filter(\.hasSize)
        imagesWithoutSize = images - sized.count
        imageWidth = Distribution(sized.map { Double($0.width) })
        imageHeight = Distribution(sized.map { Double($0.height) })
        (imageSizes, differentImageSizes) = Self.frequentSizes(sized)
        sideHistogram = Histogram(edges: [1, 2, 4, 8, 16, 32, 64, 96, 128, 256, 512, 1024, 2048])
        relativeSideHistogram = Histogram(edges: (0...20).map { Double($0) / 20 })
        ratioHistogram = Histogram(edges: (-8...8).map { pow(2, Double($0) / 2) })
        centers = Array(repeating: Array(repeating: 0, count: Self.centerCells), count: Self.centerCells)
        classes = dataset.categories.map { Class(name: $0.name) }
        side = Distribution([])
        ratio = Distribution([])
        cooccurrence = Cooccurrence(dataset)
        anchors = SuggestedAnchors(dataset, count: anchorCount, imageSide: anchorImageSide, seed: seed)
        for (index, count) in Cooccurrence.imageCounts(dataset).enumerated() { classes[index].images = count }
        countBoxes(dataset)
        measureBalance()
    }

    private static func frequentSizes(_ images: [ImageRecord]) -> ([ImageSize], Int) {
        var counts: [Image: Int] = [:]
        struct Image: Hashable {
            var width: Int
            var height: Int
        }
        for image in images { counts[Image(width: image.width, height: image.height), default: 0] += 1 }
        let sorted = counts.map { ImageSize(width: $0.width, height: $0.height, images: $1) }.sorted {
            ($1.images, $0.width, $0.height) < ($0.images, $1.width, $1.height)
        }
        return (Array(sorted.prefix(10)), sorted.count)
    }

    private mutating func countBoxes(_ dataset: Dataset) {
        let table = dataset.annotations
        var sides: [[Double]] = Array(repeating: [], count: classes.count)
        var ratios = sides
        for row in 0..<table.count {
            let category = table.category(of: row)
            let box = table.box(of: row)
            classes[category].boxes += 1
            if table.isCrowd(row) {
                crowds += 1
                classes[category].crowds += 1
                continue
            }
            guard table.hasArea(row) else {
                unusableBoxes += 1
                continue
            }
            let area = table.area(of: row).isNaN ? box.area : table.area(of: row)
            countSize(area, category)
            sides[category].append(box.area.squareRoot())
            ratios[category].append(box.width / box.height)
            countPlace(box, dataset.images[table.image(of: row)])
        }
        for category in classes.indices {
            classes[category].medianSide = Distribution(sides[category]).median
            classes[category].medianRatio = Distribution(ratios[category]).median
        }
        side = Distribution(sides.flatMap { $0 })
        ratio = Distribution(ratios.flatMap { $0 })
        for side in sides.joined() { sideHistogram.add(side) }
        for ratio in ratios.joined() { ratioHistogram.add(ratio) }
    }

    private mutating func countSize(_ area: Double, _ category: Int) {
        if area < 32 * 32 {
            small += 1
            classes[category].small += 1
        } else if area < 96 * 96 {
            medium += 1
            classes[category].medium += 1
        } else {
            large += 1
            classes[category].large += 1
        }
    }

    private mutating func countPlace(_ box: Box, _ image: ImageRecord) {
        guard image.hasSize else { return }
        let (width, height) = (Double(image.width), Double(image.height))
        relativeSideHistogram.add((box.area / (width * height)).squareRoot())
        func cell(_ center: Double, _ size: Double) -> Int {
            Int(saturating: min(max(center / size * Double(Self.centerCells), 0), Double(Self.centerCells - 1)))
        }
        centers[cell(box.y + box.height / 2, height)][cell(box.x + box.width / 2, width)] += 1
    }

    private mutating func measureBalance() {
        let counts = classes.map(\.boxes).filter { $0 > 0 }.map(Double.init)
        guard let most = counts.max(), let least = counts.min() else { return }
        imbalance = most / least
        let total = counts.reduce(0, +)
        effectiveClasses = exp(-counts.reduce(0) { $0 + $1 / total * log($1 / total) })
    }
}
