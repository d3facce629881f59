import NeedletailGeometry
import NeedletailImages
import NeedletailModels

/// A training batch turned back into pictures, with its objects: what the network sees after mirroring, augmentation
/// and resizing.
struct SamplesPicture {
    let batch: TrainingBatch<DetectionTarget>
    let names: [String]
    let configuration: DenseDetector.Configuration

    private static let mostImages = 16

    var image: Image {
        let count = min(batch.count, Self.mostImages)
        let columns = count <= 4 ? min(count, 2) : 4
        // Small inputs are enlarged, so that their labels can be read.
        let scale = 480 / Double(max(batch.width, batch.height))
        var sheet = ContactSheet(
            columns: columns, tileWidth: max(Int(Double(batch.width) * scale), 1),
            tileHeight: max(Int(Double(batch.height) * scale), 1))
        let categories = Dictionary(
            configuration.categories.map { ($0.classIndex, $0.name) }, uniquingKeysWith: { first, _ in first })
        let painter = BoxPainter(
            names: configuration.categories.map(\.name), numbers: configuration.categories.map(\.id))
        for index in 0..<count {
            let target = batch.targets[index]
            let boxes = zip(target.boxes, target.classIndices).map { corners, label in
                painter.annotation(
                    Box(x1: Double(corners.x1), y1: Double(corners.y1), x2: Double(corners.x2), y2: Double(corners.y2)),
                    name: categories[label] ?? "?", isCrowd: false)
            }
            sheet.append(
                batch.picture(index, undoing: configuration.transform), boxes: boxes,
                caption: names.indices.contains(index) ? names[index] : "")
        }
        return sheet.image
    }
}
