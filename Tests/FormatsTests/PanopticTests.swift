import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import NeedletailRandom
import ProgramRunner
import Testing

/// Outlines from the pictures of COCO's panoptic segments, and the other way.
@Suite struct PanopticTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func polygons(_ numbers: [UInt32], width: Int) -> [UInt32: [[Double]]]? {
        numbers.withUnsafeBufferPointer {
            SegmentOutlines($0, width: width, wanted: Set(numbers).subtracting([0]))?.polygons
        }
    }

    /// A ring of 7 and two parts of 9.
    private let numbers: [UInt32] = [
        7, 7, 7, 0, 9,
        7, 0, 7, 0, 0,
        7, 7, 7, 9, 9,
        0, 0, 0, 9, 9,
    ]
    /// Around the ring, and at its left side to the hole and back.
    private let ring: [Double] = [0, 0, 3, 0, 3, 3, 0, 3, 0, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 0, 1]
    private let parts: [[Double]] = [[4, 0, 5, 0, 5, 1, 4, 1], [3, 2, 5, 2, 5, 4, 3, 4]]

    @Test func outlinesRunAlongPixels() {
        #expect(polygons(numbers, width: 5) == [7: [ring], 9: parts])
        // What touches at a corner are two parts.
        #expect(polygons([1, 0, 0, 1], width: 2) == [1: [[0, 0, 1, 0, 1, 1, 0, 1], [1, 1, 2, 1, 2, 2, 1, 2]]])
    }

    /// Filled, outlines give the pixels again, whatever holes there are, and holes beside and in holes.
    @Test func outlinesHoldTheirPixels() {
        for seed in 0..<400 {
            var random = RandomStream(seed: UInt64(seed), name: "outlines")
            let (width, height) = (Int(random.next() % 12) + 1, Int(random.next() % 12) + 1)
            let colors = random.next() % 3 + 1
            let numbers = (0..<width * height).map { _ in UInt32(random.next() % 5 < 4 ? random.next() % colors + 1 : 0)
            }
            guard let polygons = polygons(numbers, width: width) else { Issue.record("none"); return }
            for (number, polygons) in polygons {
                var found = [Int](repeating: 0, count: numbers.count)
                for polygon in polygons {
                    forEachRun(inPolygon: polygon, width: width, height: height) { row, columns in
                        for column in columns { found[row * width + column] += 1 }
                    }
                }
                #expect(found == numbers.map { $0 == number ? 1 : 0 }, "\(width)x\(height) of seed \(seed)")
                let area = polygons.reduce(0) { $0 + polygonArea($1) }
                #expect(area == Double(numbers.count { $0 == number }))
            }
        }
    }

    private func write(_ numbers: [UInt32], width: Int, to name: String) throws {
        let bytes = numbers.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)] }
        let path = try folder.write("", to: name)
        try Image(width: width, height: numbers.count / width, bytes: bytes).writePNG(to: path)
    }

    private func text(_ file: String, _ segments: String, width: Int = 5) -> String {
        """
        {"images": [{"id": 3, "file_name": "a.jpg", "width": \(width), "height": 4, "license": 2}],
        "annotations": [{"image_id": 3, "file_name": "\(file)", "segments_info": [\(segments)]}],
        "categories": [{"id": 4, "name": "tyre", "supercategory": "thing", "isthing": 1, "color": [1, 2, 3]},
         {"id": 9, "name": "road", "isthing": 0}]}
        """
    }

    @Test func outlinesAreRead() throws {
        let segments = """
            {"id": 70007, "category_id": 4, "iscrowd": 0, "bbox": [0, 0, 3, 3], "area": 8},
            {"id": 9, "category_id": 9, "iscrowd": 1}, {"id": 12, "category_id": 9, "bbox": [1, 1, 1, 1], "area": 1}
            """
        let file = try folder.write(text("a.png", segments), to: "coco/annotations/panoptic_val2017.json")
        try write(numbers.map { $0 == 7 ? 70007 : $0 }, width: 5, to: "coco/annotations/panoptic_val2017/a.png")
        for path in [file, folder("coco")] {
            let dataset = try Dataset.read(path)
            #expect(dataset.provenance.format == .panoptic)
            #expect(dataset.segmentation(ofAnnotation: 0) == .polygons([ring]))
            #expect(dataset.segmentation(ofAnnotation: 1) == .polygons(parts))
            // Box and area that the file leaves out are those of the outline.
            #expect(dataset.annotations[1].box == Box(x: 3, y: 0, width: 2, height: 4))
            #expect(dataset.annotations[1].area == 5)
            let findings = dataset.readingFindings.map { "\($0.count) \($0.first.detail ?? "")" }
            #expect(findings == ["1 the outline, whose number no pixel of the picture has"])
            var options = WritingOptions()
            options.overwrites = true
            try dataset.write(to: folder("copy"), format: .panoptic, options: options)
            let copy = try Image(contentsOf: folder("copy/annotations/panoptic_train/a.png"))
            let found = copy.withUnsafeBytes { bytes in
                (0..<20).map { pixel -> Int in
                    let (red, green, blue) = (bytes[3 * pixel], bytes[3 * pixel + 1], bytes[3 * pixel + 2])
                    return Int(red) + 256 * Int(green) + 65_536 * Int(blue)
                }
            }
            // The object that no pixel had has the one that its box is.
            var expected = numbers.map { $0 == 7 ? 70007 : Int($0) }
            expected[6] = 12
            #expect(found == expected)
            let json = try folder.text(of: "copy/annotations/panoptic_train.json")
            #expect(json.contains(#""isthing":0"#) && json.contains(#""color":[1, 2, 3]"#), "\(json)")
        }
    }

    @Test func picturesThatAreNone() throws {
        let segment = #"{"id": 7, "category_id": 4, "bbox": [0, 0, 3, 3], "area": 8}"#
        for (name, width, problem) in [
            ("../a.png", 5, "no picture is named"), ("a.png", 6, "their picture is of another size than the image"),
            ("b.png", 5, "their pictures do not lie in a folder of the file's name beside it"),
            ("c.png", 5, "their picture cannot be read"),
        ] {
            let file = try folder.write(text(name, segment, width: width), to: "p.json")
            try write(numbers, width: 5, to: "p/a.png")
            try folder.write("no picture", to: "p/c.png")
            let dataset = try Dataset.read(file)
            #expect(dataset.annotations.map(\.box) == [Box(x: 0, y: 0, width: 3, height: 3)])
            #expect(dataset.segmentation(ofAnnotation: 0) == nil)
            #expect(dataset.readingFindings.map(\.first.detail) == ["the outlines, since \(problem)"], "\(name)")
        }
    }

    /// The larger lies below, what is hidden whole keeps a pixel, and what lies beside the image has one at its edge.
    @Test func whatLiesOnTop() throws {
        let boxes: [(Double, Double, Double, Double)] = [(0, 0, 2, 2), (0, 0, 4, 3), (0, 0, 2, 2), (9, 9, 2, 2)]
        let dataset = Dataset(
            images: [ImageRecord(id: 1, fileName: "a.png", width: 4, height: 3)],
            categories: [Category(id: 1, name: "cat")],
            annotations: boxes.enumerated().map { place, box in
                Annotation(
                    id: .integer(place + 1), image: 0, category: 0,
                    box: Box(x: box.0, y: box.1, width: box.2, height: box.3))
            })
        try dataset.write(to: folder("out"), format: .panoptic)
        let image = try Image(contentsOf: folder("out/annotations/panoptic_train/a.png"))
        let found = image.withUnsafeBytes { bytes in (0..<12).map { bytes[3 * $0] } }
        #expect(found == [1, 3, 2, 2, 3, 3, 2, 2, 2, 2, 2, 4])
        let back = try Dataset.read(folder("out"))
        #expect(back.annotations.map(\.box) == dataset.annotations.map(\.box))
        #expect(back.annotations.map(\.id) == dataset.annotations.map(\.id))
    }

    /// Noise is no outline, and fills no memory.
    @Test func noiseIsLeftOut() {
        let side = 2300
        let numbers = (0..<side * side).map { UInt32(($0 / side + $0 % side) & 1) }
        #expect(polygons(numbers, width: side) == nil)
    }

    @Test func absurdSizesAreRefused() throws {
        let dataset = Dataset(
            images: [ImageRecord(id: 1, fileName: "a.png", width: 1 << 40, height: 1 << 40)],
            categories: [Category(id: 1, name: "cat")],
            annotations: [Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 1, height: 1))])
        let error = caught { try dataset.write(to: folder("out"), format: .panoptic) }
        #expect(error?.problem.contains("too large a picture") == true)
        #expect(folder.names().isEmpty)
    }
}
