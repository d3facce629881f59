import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages

/// Some images of a dataset, each twice side by side: what is annotated, and what was found.
struct PredictionsPicture {
    let dataset: Dataset
    let entries: [COCOResults.Entry]
    let epoch: Int
    /// From which scores detections are shown.
    let thresholds: ScoreThresholds

    private static let mostImages = 6

    /// - Returns: No image when none can be read; why those are lacking that could not.
    func drawn() -> (image: Image?, failures: [String]) {
        var annotations: [Int: [Int]] = [:]
        for row in 0..<dataset.annotations.count {
            annotations[dataset.annotations.image(of: row), default: []].append(row)
        }
        let occupied = annotations.keys.sorted()
        let candidates = occupied.isEmpty ? Array(0..<dataset.images.count) : occupied
        let count = min(Self.mostImages, candidates.count)
        // From all over the dataset, the same ones in every epoch.
        let chosen = (0..<count).map { candidates[$0 * candidates.count / count] }
        let shown = Set(chosen.map { dataset.images[$0].id })
        let names = Dictionary(
            dataset.categories.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
        let found = Dictionary(
            grouping: entries.filter {
                shown.contains($0.imageID) && $0.detection.score >= thresholds[names[$0.detection.categoryID]]
            }, by: \.imageID)
        let painter = BoxPainter(names: dataset.categories.map(\.name), numbers: dataset.categories.map(\.number))
        var sheet = ContactSheet(columns: 4, tileWidth: 420, tileHeight: 320)
        var isEmpty = true
        var failures: [String] = []
        let score = EpochRecord.rounded(thresholds.overall, digits: 2)
        for row in chosen {
            let record = dataset.images[row]
            let picture: Image
            do {
                picture = try AnnotatedImage.load(
                    dataset.imagePath(ofImage: row), width: record.width, height: record.height)
            } catch {
                failures.append("\(error)")
                continue
            }
            isEmpty = false
            let truth = (annotations[row] ?? []).map { dataset.annotations[$0] }
            sheet.append(
                picture,
                boxes: truth.map {
                    painter.annotation($0.box, name: dataset.categories[$0.category].name, isCrowd: $0.isCrowd)
                }, caption: "\(record.fileName): \(truth.count) annotated")
            let detections = (found[record.id] ?? []).map(\.detection).sorted { $0.score > $1.score }
            sheet.append(
                picture,
                boxes: detections.map { painter.detection($0, name: names[$0.categoryID] ?? "?") },
                caption: "epoch \(epoch): \(detections.count) found with a score from \(score)")
        }
        return (isEmpty ? nil : sheet.image, failures)
    }
}
