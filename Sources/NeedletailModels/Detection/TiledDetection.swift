import NeedletailGeometry
import NeedletailImages
import NeedletailKernels

/// Detection in photographs that are much larger than a detector's input: tile by tile, and once in the photograph as a
/// whole for what is larger than a tile.
///
/// An object in the overlap of two tiles is found in both, or cut by one of them; it remains once. A box that touches an
/// inner edge of its tile counts as cut: it gives way to any whole one that holds most of it, and cut ones that agree where
/// their tiles overlap become one.
public struct TiledDetection: Sendable {
    public var grid: TileGrid
    /// Whether the photograph as a whole is looked at, too.
    public var looksAtWhole: Bool

    public init(grid: TileGrid, looksAtWhole: Bool = true) {
        self.grid = grid
        self.looksAtWhole = looksAtWhole
    }

    /// The share of a cut box that must lie inside a whole one for it to give way.
    private static let share: Float = 0.6
    /// The IoU of two cut boxes in the overlap of their tiles, from which they are parts of one object.
    private static let agreement: Float = 0.5
    /// How near to an edge a box counts as cut by it, as part of a tile's side: detectors do not see to the pixel where what
    /// is left of an object ends.
    private static let margin: Float = 0.03

    /// What was found in a tile, or in the whole.
    private struct Finding {
        var detection: Detection
        var box: Corners
        /// The part of the photograph that was looked at.
        var view: Corners
        var tile: Int
        var isCut: Bool
    }

    /// The objects in an image, best first, in its pixels.
    ///
    /// - Throws: What the detector throws.
    public func detections(
        in image: Image, by detector: any ObjectDetector, pool: ThreadPool
    ) throws -> [Detection] {
        let tiles = grid.tiles(ofWidth: image.width, height: image.height)
        func find(_ part: Image) throws -> [Detection] {
            try detector.detections(in: [part], originalSizes: nil, pool: pool)[0]
        }
        guard tiles.count > 1 else { return try find(image) }
        var findings: [Finding] = []
        for (number, tile) in tiles.enumerated() {
            let part = image.cropped(x: tile.x, y: tile.y, width: tile.width, height: tile.height)
            let view = Corners(
                Float(tile.x), Float(tile.y), Float(tile.x + tile.width), Float(tile.y + tile.height))
            for detection in try find(part) {
                let box = detection.box.corners.moved(byX: view.x1, y: view.y1)
                let marginX = Self.margin * view.width, marginY = Self.margin * view.height
                let isCut =
                    tile.x > 0 && box.x1 <= view.x1 + marginX
                    || tile.y > 0 && box.y1 <= view.y1 + marginY
                    || tile.x + tile.width < image.width && box.x2 >= view.x2 - marginX
                    || tile.y + tile.height < image.height && box.y2 >= view.y2 - marginY
                findings.append(
                    Finding(detection: detection, box: box, view: view, tile: number, isCut: isCut))
            }
        }
        if looksAtWhole {
            let view = Corners(0, 0, Float(image.width), Float(image.height))
            findings += try find(image).map {
                Finding(detection: $0, box: $0.box.corners, view: view, tile: tiles.count, isCut: false)
            }
        }
        return merged(findings, processing: detector.postProcessing)
    }

    private func merged(_ findings: [Finding], processing: PostProcessing) -> [Detection] {
        func isSameKind(_ first: Finding, _ second: Finding) -> Bool {
            processing.isClassAgnostic || first.detection.categoryID == second.detection.categoryID
        }
        // Whole boxes by score, then cut ones; of equals the first found.
        let order = findings.indices.sorted { first, second in
            let (a, b) = (findings[first], findings[second])
            if a.isCut != b.isCut { return !a.isCut }
            if a.detection.score != b.detection.score { return a.detection.score > b.detection.score }
            return first < second
        }
        var whole: [Finding] = [], cut: [Finding] = []
        for finding in order.map({ findings[$0] }) {
            let isDouble = whole.contains { kept in
                guard kept.tile != finding.tile, isSameKind(kept, finding) else { return false }
                if finding.isCut {
                    return kept.box.common(with: finding.box).extent > Self.share * finding.box.extent
                }
                return Double(kept.box.intersectionOverUnion(with: finding.box)) > processing.overlapThreshold
            }
            if isDouble { continue }
            if finding.isCut { cut.append(finding) } else { whole.append(finding) }
        }
        // Parts of an object join one after the other, however many tiles it reaches over.
        var joined: [Finding] = []
        for finding in cut {
            var finding = finding
            while let partner = joined.firstIndex(where: { isSameKind($0, finding) && Self.agree($0, finding) }) {
                let other = joined.remove(at: partner)
                if other.detection.score > finding.detection.score { finding.detection = other.detection }
                finding.box = finding.box.joined(with: other.box)
                finding.view = finding.view.joined(with: other.view)
            }
            joined.append(finding)
        }
        let all = (whole + joined).map { finding in
            var detection = finding.detection
            detection.box = Box(finding.box)
            return detection
        }
        return Array(
            all.indices.sorted { all[$0].score > all[$1].score || (all[$0].score == all[$1].score && $0 < $1) }
                .prefix(processing.detectionsPerImage).map { all[$0] })
    }

    /// Whether two cut boxes are the same where both could see them.
    private static func agree(_ first: Finding, _ second: Finding) -> Bool {
        let strip = first.view.common(with: second.view)
        return first.box.common(with: strip).intersectionOverUnion(with: second.box.common(with: strip)) > agreement
    }
}

extension Corners {
    /// What two boxes have in common, which has no extent where they do not meet.
    fileprivate func common(with other: Corners) -> Corners {
        Corners(max(x1, other.x1), max(y1, other.y1), min(x2, other.x2), min(y2, other.y2))
    }

    /// The smallest box around two.
    fileprivate func joined(with other: Corners) -> Corners {
        Corners(min(x1, other.x1), min(y1, other.y1), max(x2, other.x2), max(y2, other.y2))
    }

    /// The area, 0 for a box that is turned inside out.
    fileprivate var extent: Float { max(width, 0) * max(height, 0) }
}
