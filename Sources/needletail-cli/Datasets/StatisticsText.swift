import NeedletailData
import NeedletailPlatform

/// A dataset's numbers in columns.
struct StatisticsText {
    let statistics: DatasetStatistics

    init(_ statistics: DatasetStatistics) {
        self.statistics = statistics
    }

    var text: String {
        [overview, classes, boxes, anchors].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var overview: String {
        let perImage = statistics.boxesPerImage
        var lines = [
            "\(statistics.images) images, \(statistics.boxes) boxes, \(statistics.classes.count) classes",
            "boxes an image: mean \(Progress.decimal(perImage.mean)), median \(Progress.decimal(perImage.median)), most "
                + "\(Int(saturating: perImage.maximum)); \(statistics.imagesWithoutBoxes) images have none",
        ]
        if let size = statistics.imageSizes.first {
            lines.append(
                statistics.differentImageSizes == 1
                    ? "images: all \(size.width)x\(size.height)"
                    : "images: \(statistics.differentImageSizes) sizes, \(Int(saturating: statistics.imageWidth.minimum)) to "
                        + "\(Int(saturating: statistics.imageWidth.maximum)) wide, \(Int(saturating: statistics.imageHeight.minimum)) to "
                        + "\(Int(saturating: statistics.imageHeight.maximum)) high; \(size.images) are \(size.width)x\(size.height)"
            )
        }
        if statistics.imagesWithoutSize > 0 { lines.append("\(statistics.imagesWithoutSize) images state no size") }
        if statistics.crowds > 0 { lines.append("\(statistics.crowds) crowds") }
        if statistics.unusableBoxes > 0 {
            lines.append("\(statistics.unusableBoxes) boxes are missing or have no area; see 'check'")
        }
        return lines.joined(separator: "\n")
    }

    private var classes: String {
        guard !statistics.classes.isEmpty else { return "" }
        let total = Double(max(statistics.boxes, 1))
        var rows = [["class", "boxes", "share", "images", "small", "medium", "large", "median side", "median w/h"]]
        for category in statistics.classes.sorted(by: { $0.boxes > $1.boxes }) {
            rows.append([
                category.name, "\(category.boxes)", Self.percent(Double(category.boxes) / total), "\(category.images)",
                "\(category.small)", "\(category.medium)", "\(category.large)", Progress.decimal(category.medianSide),
                Self.hundredths(category.medianRatio),
            ])
        }
        return Table.text(rows)
            + "\n\nmost to least frequent class: \(Progress.decimal(statistics.imbalance)) to 1; as "
            + "uncertain as \(Progress.decimal(statistics.effectiveClasses)) equally frequent classes"
    }

    private var boxes: String {
        let total = Double(max(statistics.small + statistics.medium + statistics.large, 1))
        let (side, ratio) = (statistics.side, statistics.ratio)
        guard side.count > 0 else { return "" }
        return """
            sizes: small \(Self.percent(Double(statistics.small) / total)), medium \
            \(Self.percent(Double(statistics.medium) / total)), large \(Self.percent(Double(statistics.large) / total)) \
            (below 32², below 96², above, in square pixels)
            side of boxes, the square root of the area: \(Progress.decimal(side.minimum)) to \
            \(Progress.decimal(side.maximum)), median \(Progress.decimal(side.median))
            width over height: \(Self.hundredths(ratio.minimum)) to \(Self.hundredths(ratio.maximum)), median \
            \(Self.hundredths(ratio.median))
            """
    }

    private var anchors: String {
        let anchors = statistics.anchors
        guard !anchors.anchors.isEmpty else { return "" }
        let sizes = anchors.anchors.map { "\(Progress.decimal($0.width))x\(Progress.decimal($0.height))" }
        let scale = anchors.imageSide.map { " (longer side of images: \($0))" } ?? ""
        return "suggested anchors\(scale): \(sizes.joined(separator: ", "))\noverlap of a box with its best anchor: "
            + "\(Table.number(anchors.meanOverlap)) in the mean, at least 0.5 for \(Self.percent(anchors.shareAboveHalf))"
    }

    private static func percent(_ share: Double) -> String { Progress.decimal(share * 100) + "%" }

    private static func hundredths(_ value: Double) -> String { Table.number(value, digits: 2) }
}
