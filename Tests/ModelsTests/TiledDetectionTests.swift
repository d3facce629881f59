import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import Testing

/// Objects in tiles, found by a detector that sees every pixel of the kind that it looks for.
@Suite struct TiledDetectionTests {
    /// Finds the boxes around pixels of equal red, with the part that it sees as score; blue tells the class.
    private final class PixelDetector: ObjectDetector {
        let name = "pixels"
        let categories = (1...2).map { DenseDetector.Category(id: $0, name: "class \($0)", classIndex: $0) }
        let inputTransform = InputTransform(minimumSize: 64, maximumSize: 64)
        let inputSide: Int? = nil
        var postProcessing = PostProcessing()
        let scoreThresholds: ScoreThresholds? = nil
        /// Objects with a longer side than this are not seen.
        let longest: Int
        private(set) var sizes: [Image.Size] = []

        init(longest: Int = .max) { self.longest = longest }

        func setInputSide(_ side: Int) {}

        func detections(in images: [Image], originalSizes: [Image.Size]?, pool: ThreadPool) throws -> [[Detection]] {
            images.map { image in
                sizes.append(Image.Size(width: image.width, height: image.height))
                var boxes: [UInt8: (Corners, Int)] = [:]
                for y in 0..<image.height {
                    for x in 0..<image.width {
                        let at = (y * image.width + x) * 3, red = image.bytes[at]
                        if red == 0 { continue }
                        let pixel = Corners(Float(x), Float(y), Float(x + 1), Float(y + 1))
                        let old = boxes[red]?.0 ?? pixel
                        let box = Corners(
                            min(old.x1, pixel.x1), min(old.y1, pixel.y1), max(old.x2, pixel.x2), max(old.y2, pixel.y2))
                        boxes[red] = (box, Int(image.bytes[at + 2]))
                    }
                }
                return boxes.filter { max($0.value.0.width, $0.value.0.height) <= Float(longest) }
                    .sorted { $0.key < $1.key }.map { red, value in
                        Detection(
                            box: Box(value.0), score: 0.5 + Double(value.0.area) / 1e6, categoryID: value.1,
                            categoryName: "class \(value.1)")
                    }
            }
        }
    }

    private static func image(_ objects: [(box: Box, category: UInt8)], width: Int = 300, height: Int = 200) -> Image {
        var bytes = [UInt8](repeating: 0, count: width * height * 3)
        for (number, object) in objects.enumerated() {
            for y in Int(object.box.y)..<Int(object.box.y2) {
                for x in Int(object.box.x)..<Int(object.box.x2) {
                    let at = (y * width + x) * 3
                    bytes[at] = UInt8(number + 1)
                    bytes[at + 2] = object.category
                }
            }
        }
        return Image(width: width, height: height, format: .rgb, bytes: bytes)
    }

    private func find(
        _ objects: [(box: Box, category: UInt8)], overlap: Double = 0.2, looksAtWhole: Bool = false, longest: Int = .max
    ) throws -> (boxes: Set<Box>, detector: PixelDetector) {
        let detector = PixelDetector(longest: longest)
        let tiled = TiledDetection(
            grid: TileGrid(width: 100, height: 100, overlap: overlap), looksAtWhole: looksAtWhole)
        let found = try tiled.detections(in: Self.image(objects), by: detector, pool: ThreadPool(threadCount: 1))
        #expect(found.map(\.score) == found.map(\.score).sorted(by: >))
        #expect(found.count == Set(found.map(\.box)).count)
        return (Set(found.map(\.box)), detector)
    }

    /// Tiles of 300x200 begin at 0, 66, 133 and 200, and at 0, 50 and 100. One object lies in a single tile, one in an overlap,
    /// one over a seam and one over the corner of four tiles.
    @Test func everyObjectIsFoundOnceAndWhole() throws {
        let boxes = [
            Box(x: 10, y: 10, width: 20, height: 15), Box(x: 70, y: 60, width: 12, height: 12),
            Box(x: 90, y: 20, width: 25, height: 18), Box(x: 160, y: 95, width: 24, height: 20),
        ]
        let (found, detector) = try find(boxes.map { ($0, 1) })
        #expect(found == Set(boxes))
        #expect(detector.sizes.count == 12 && detector.sizes.allSatisfy { $0.width == 100 && $0.height == 100 })
    }

    /// Longer than any overlap: its parts agree where tiles overlap and become one.
    @Test func anObjectOverManyTilesIsJoined() throws {
        let long = Box(x: 30, y: 40, width: 240, height: 6)
        #expect(try find([(long, 1)]).boxes == [long])
        // Where the parts are too long to be seen, the whole is.
        #expect(try find([(long, 1)], looksAtWhole: true).boxes == [long])
    }

    @Test func neighboursOfTwoClassesStayApart() throws {
        let left = Box(x: 80, y: 60, width: 24, height: 20), right = Box(x: 104, y: 60, width: 24, height: 20)
        #expect(try find([(left, 1), (right, 2)]).boxes == [left, right])
    }

    @Test func aSmallPhotographIsLookedAtOnce() throws {
        let detector = PixelDetector(), box = Box(x: 5, y: 6, width: 7, height: 8)
        let image = Self.image([(box, 2)], width: 60, height: 40)
        let tiled = TiledDetection(grid: TileGrid(width: 100, height: 100))
        #expect(try tiled.detections(in: image, by: detector, pool: ThreadPool(threadCount: 1)).map(\.box) == [box])
        #expect(detector.sizes == [Image.Size(width: 60, height: 40)])
    }

    @Test func classesMaySuppressEachOther() {
        let candidates = [
            DetectionCandidate(box: Corners(0, 0, 10, 10), score: 0.9, classIndex: 1),
            DetectionCandidate(box: Corners(0, 0, 10, 9), score: 0.8, classIndex: 2),
        ]
        let categories = (1...2).map { DenseDetector.Category(id: $0, name: "\($0)", classIndex: $0) }
        let size = Image.Size(width: 20, height: 20), placement = ImagePlacement(original: size, resized: size)
        var processing = PostProcessing()
        #expect(processing.detections(candidates, placement: placement, categories: categories).count == 2)
        processing.isClassAgnostic = true
        #expect(
            processing.detections(candidates, placement: placement, categories: categories).map(\.categoryID) == [1])
    }
}
