import NeedletailGeometry
import NeedletailModels

/// How well anchors cover the boxes of a dataset.
public struct AnchorCoverage: Hashable, Sendable {
    /// Of some boxes.
    public struct Measure: Codable, Hashable, Sendable {
        public var boxes = 0
        /// The mean of every box's overlap (IoU) with the anchor that overlaps it most.
        public var meanOverlap = 0.0
        /// The share of the boxes that some anchor overlaps by at least one half.
        public var shareAboveHalf = 0.0

        public init(boxes: Int = 0, meanOverlap: Double = 0, shareAboveHalf: Double = 0) {
            self.boxes = boxes
            self.meanOverlap = meanOverlap
            self.shareAboveHalf = shareAboveHalf
        }

        init(_ overlaps: [Float]) {
            let count = Double(max(overlaps.count, 1))
            boxes = overlaps.count
            meanOverlap = overlaps.reduce(0) { $0 + Double($1) } / count
            shareAboveHalf = Double(overlaps.count { $0 >= 0.5 }) / count
        }
    }

    /// By class index.
    public var classes: [Int: Measure]
    public var overall: Measure
    /// The mean of the classes' mean overlaps, so that a class of few boxes counts as much as one of many.
    public var balancedOverlap: Double

    init(overlaps: [Int: [Float]]) {
        // In the order of classes, so that sums have the same bits each time.
        let ordered = overlaps.sorted { $0.key < $1.key }.map(\.value)
        classes = overlaps.mapValues { Measure($0) }
        overall = Measure(ordered.flatMap(\.self))
        balancedOverlap = ordered.reduce(0) { $0 + Measure($1).meanOverlap } / Double(max(ordered.count, 1))
    }
}

extension AnchorFit {
    /// The anchors' positions on the map of a level.
    private struct Grid {
        var columns: Int
        var rows: Int
        var strideX: Float
        var strideY: Float

        /// The anchor at the cell where it overlaps a box most.
        ///
        /// What two boxes of given sizes have in common never grows with the distance of their centres, in either axis:
        /// so that is the nearest cell.
        func nearest(_ cell: Corners, to box: Corners) -> Corners {
            func position(_ distance: Float, _ stride: Float, _ count: Int) -> Float {
                min(max((distance / stride).rounded(), 0), Float(count - 1)) * stride
            }
            let x = position((box.x1 + box.x2 - cell.x1 - cell.x2) / 2, strideX, columns)
            let y = position((box.y1 + box.y2 - cell.y1 - cell.y2) / 2, strideY, rows)
            return cell.moved(byX: x, y: y)
        }
    }

    /// How well anchors cover the boxes, each anchor where the network has it when the image is a batch of its own.
    ///
    /// Cost: an overlap for each box, size and shape.
    public func coverage(by anchors: AnchorGenerator) -> AnchorCoverage {
        let cells = anchors.sizes.indices.map { anchors.cellAnchors(level: $0) }
        var grids: [InputSize: [Grid]] = [:]
        var overlaps: [Int: [Float]] = [:]
        for placed in boxes {
            let levels = grids[placed.input] ?? Self.grids(of: placed.input)
            grids[placed.input] = levels
            var best: Float = 0
            for (grid, cells) in zip(levels, cells) {
                for cell in cells {
                    best = max(best, placed.box.intersectionOverUnion(with: grid.nearest(cell, to: placed.box)))
                }
            }
            overlaps[placed.classIndex, default: []].append(best)
        }
        return AnchorCoverage(overlaps: overlaps)
    }

    private static func grids(of input: InputSize) -> [Grid] {
        RetinaNet.featureSizes(inputHeight: input.height, inputWidth: input.width).map { map in
            Grid(
                columns: map.width, rows: map.height, strideX: Float(input.width / map.width),
                strideY: Float(input.height / map.height))
        }
    }
}
