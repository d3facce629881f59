import NeedletailGeometry
import NeedletailImages
import NeedletailModels

/// The boxes that a detector has for a photograph before and after those that overlap better ones are suppressed.
public struct SuppressionPicture {
    private let photograph: Image
    /// With scores from the threshold.
    public let before: [Detection]
    public let after: [Detection]
    private let threshold: Double
    private let overlap: Double

    /// Pixels of the longer side of each picture, unless the photograph is smaller.
    private static let side = 900.0

    /// - Parameters:
    ///   - threshold: The score from which boxes are shown.
    ///   - overlap: That of the suppression, for the text.
    public init(photograph: Image, _ suppression: DenseDetector.Suppression, threshold: Double, overlap: Double) {
        self.photograph = photograph.converted(to: .rgb)
        before = suppression.all.filter { $0.score >= threshold }
        after = suppression.kept.filter { $0.score >= threshold }
        self.threshold = threshold
        self.overlap = overlap
    }

    /// Both side by side.
    public var image: Image {
        let scale = min(Self.side / Double(max(photograph.width, photograph.height)), 1)
        let size = (
            width: max(Int(Double(photograph.width) * scale), 1), height: max(Int(Double(photograph.height) * scale), 1)
        )
        let shown = photograph.resized(width: size.width, height: size.height)
        let names = Set((before + after).map { $0.categoryName ?? "?" }).sorted()
        let colors = Dictionary(uniqueKeysWithValues: zip(names, Color.distinct(forClasses: names)))
        let painter = BoxPainter(names: names, numbers: Array(names.indices))
        func moved(_ box: Box) -> Box {
            Box(x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale)
        }
        var canvas = Canvas(shown)
        // The best are drawn last, over the others.
        for detection in before.sorted(by: { $0.score < $1.score }) {
            let corners = moved(detection.box).corners
            canvas.stroke(
                .init(left: corners.x1, top: corners.y1, right: corners.x2, bottom: corners.y2), thickness: 1.5,
                radius: 0, color: colors[detection.categoryName ?? "?"] ?? .white, opacity: 0.8)
        }
        var sheet = ContactSheet(
            columns: 2, tileWidth: size.width, tileHeight: size.height,
            heading: [
                "boxes with a score from \(threshold); of two of a class that overlap by more than \(overlap) the better stays"
            ])
        sheet.append(canvas.image, caption: "before: \(before.count)")
        sheet.append(
            shown,
            boxes: after.map { detection in
                var detection = detection
                detection.box = moved(detection.box)
                return painter.detection(detection, name: detection.categoryName ?? "?")
            }, caption: "after: \(after.count)")
        return sheet.image
    }
}
