import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Turned boxes and ellipses: their extents, worked out by hand, and what is kept of them.
@Suite struct TurnedShapeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, _ name: String) throws -> Dataset {
        try Dataset.read(try folder.write(text, to: name))
    }

    private func copy(_ dataset: Dataset, _ format: DatasetFormat, _ name: String) throws -> Dataset {
        var options = WritingOptions()
        options.writesSidecar = false
        try dataset.write(to: folder.path + "/" + name, format: format, options: options)
        return try Dataset.read(folder.path + "/" + name, format: format)
    }

    /// Corners of the box 40, 30, 20 x 10 around its centre (50, 35), turned by 90 degrees: 5 across and 10 down.
    private static let upright = Box(x: 45, y: 25, width: 10, height: 20)

    private func cvat(_ shape: String) -> String {
        "<annotations><image id=\"0\" name=\"a.jpg\" width=\"100\" height=\"80\">\(shape)</image></annotations>"
    }

    private func region(_ kind: String, _ value: String) -> String {
        """
        [{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": [{"id": "r", "type": "\(kind)",
          "original_width": 100, "original_height": 80, "value": {\(value), "\(kind)": ["e"]}}]}]}]
        """
    }

    /// A quarter turn makes of 20 x 10 around (50, 40) the box 40, 20, 20 x 40; at 45 degrees half of either side is
    /// the root of (20² + 10²) / 2 = 250.
    @Test(
        arguments: [
            (90, 10, 20), (45, 250.0.squareRoot(), 250.0.squareRoot()), (-90, 10, 20), (180, 20, 10),
        ] as [(Double, Double, Double)])
    func ellipses(_ degrees: Double, _ halfWidth: Double, _ halfHeight: Double) throws {
        let radians = degrees * .pi / 180
        let files = [
            try read(
                cvat("<ellipse label=\"e\" cx=\"50\" cy=\"40\" rx=\"20\" ry=\"10\" rotation=\"\(degrees)\"/>"), "c.xml"),
            // In percent of 100 x 80.
            try read(
                region(
                    "ellipselabels",
                    "\"x\": 50, \"y\": 50, \"radiusX\": 20, \"radiusY\": 12.5, \"rotation\": \(degrees)"),
                "l.json"),
            try read(
                """
                {"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [{"shape_attributes": {"name": "ellipse", "cx": 50,
                "cy": 40, "rx": 20, "ry": 10, "theta": \(radians)}, "region_attributes": {"class": "e"}}]}}
                """, "v.json"),
        ]
        for dataset in files {
            let box = dataset.annotations[0].box
            #expect(abs(box.x - (50 - halfWidth)) < 1e-8 && abs(box.y - (40 - halfHeight)) < 1e-8, "\(box)")
            #expect(abs(box.width - 2 * halfWidth) < 1e-8 && abs(box.height - 2 * halfHeight) < 1e-8, "\(box)")
            #expect(dataset.issueCounts[.boxFromShape] == 1)
        }
        // What one of the two tools drew comes back from the other.
        let there = try copy(files[0], .labelstudio, "there.json")
        let back = try copy(there, .cvat, "back.xml")
        #expect(back.field("rx", ofAnnotation: 0) == "20" && back.field("ry", ofAnnotation: 0) == "10")
        #expect(back.field("rotation", ofAnnotation: 0).flatMap(Double.init) == degrees)
    }

    /// An ellipse that was made of a box is written with all that it needs.
    @Test func uprightEllipses() throws {
        let dataset = try read(
            region("ellipselabels", "\"x\": 50, \"y\": 50, \"radiusX\": 20, \"radiusY\": 12.5"), "l.json")
        #expect(dataset.annotations[0].box == Box(x: 30, y: 30, width: 40, height: 20))
        #expect(try copy(dataset, .cvat, "c.xml").annotations[0].box == Box(x: 30, y: 30, width: 40, height: 20))
    }

    @Test func boxesOfCVATTurnAroundTheirCentre() throws {
        let dataset = try read(
            cvat("<box label=\"e\" xtl=\"40\" ytl=\"30\" xbr=\"60\" ybr=\"40\" rotation=\"90\"/>"), "c.xml")
        #expect(dataset.annotations[0].box == Self.upright)
        #expect(dataset.annotations[0].area == 200)
        // The corner that was the first lies at the top on the right.
        #expect(dataset.segmentation(ofAnnotation: 0) == .polygons([[55, 25, 55, 45, 45, 45, 45, 25]]))
    }

    /// From the corner (30, 40), 20 percent of 100 across and 12.5 percent of 80 down; a quarter turn puts what was
    /// right of it below, and what was below to its left.
    @Test func regionsOfLabelStudioTurnAroundTheirCorner() throws {
        let dataset = try read(
            region("rectanglelabels", "\"x\": 30, \"y\": 50, \"width\": 20, \"height\": 12.5, \"rotation\": 90"),
            "l.json")
        #expect(dataset.annotations[0].box == Box(x: 20, y: 40, width: 10, height: 20))
        #expect(dataset.segmentation(ofAnnotation: 0) == .polygons([[30, 40, 30, 60, 20, 60, 20, 40]]))
        #expect(try text(of: folder.path + "/l.json").contains("\"x\": 30"))
        // Other tools turn it around another point, and it lies where it lay.
        let there = try copy(dataset, .cvat, "c.xml")
        #expect(
            try text(of: folder.path + "/c.xml").contains("rotation=\"90\" xtl=\"15\" ytl=\"45\" xbr=\"35\" ybr=\"55\"")
        )
        let back = try copy(there, .labelstudio, "back.json")
        #expect(
            try text(of: folder.path + "/back.json").contains(
                "\"x\":30,\"y\":50,\"width\":20,\"height\":12.5,\"rotation\":90"))
        #expect(back.annotations[0].box == dataset.annotations[0].box)
    }

    /// Half of 40 x 10 turned by 30 degrees: 20 cos 30 + 5 sin 30 across, 20 sin 30 + 5 cos 30 down.
    @Test func anglesBetweenRightOnes() throws {
        let dataset = try read(
            cvat("<box label=\"e\" xtl=\"30\" ytl=\"35\" xbr=\"70\" ybr=\"45\" rotation=\"30\"/>"), "c.xml")
        let (halfWidth, halfHeight) = (10 * 3.0.squareRoot() + 2.5, 10 + 2.5 * 3.0.squareRoot())
        let box = dataset.annotations[0].box
        #expect(abs(box.width - 2 * halfWidth) < 1e-8 && abs(box.height - 2 * halfHeight) < 1e-8)
        #expect(abs(box.x - (50 - halfWidth)) < 1e-8 && abs(box.y - (40 - halfHeight)) < 1e-8)
        // It is what it was through formats that have turned boxes, and a polygon in those that have polygons.
        for format in [DatasetFormat.cvat, .labelstudio, .coco] {
            let copy = try copy(dataset, format, "copy-\(format)")
            #expect(
                try dataset.difference(
                    from: folder.path + "/copy-\(format)", format: format, options: .init(), usesSidecar: false
                ).greatestCoordinateDifference < 1e-8)
            #expect(copy.field("rotation", ofAnnotation: 0) == "30", "\(format)")
        }
        for format in [DatasetFormat.labelme, .via] {
            let copy = try copy(dataset, format, "copy-\(format)")
            #expect(copy.segmentation(ofAnnotation: 0) == dataset.segmentation(ofAnnotation: 0), "\(format)")
        }
    }

    /// roLabelImg has the centre, the sides and an angle in radians.
    @Test func turnedBoxesOfPascalVOC() throws {
        _ = try folder.write(
            """
            <annotation><filename>a.jpg</filename><size><width>100</width><height>80</height></size>
            <object><type>robndbox</type><name>ship</name><difficult>1</difficult><robndbox><cx>50</cx><cy>35</cy>
            <w>20</w><h>10</h><angle>\(Double.pi / 2)</angle></robndbox></object></annotation>
            """, to: "voc/Annotations/a.xml")
        let dataset = try Dataset.read(folder.path + "/voc")
        #expect(dataset.annotations[0].box == Self.upright)
        #expect(dataset.annotations[0].isDifficult)
        let copy = try copy(dataset, .voc, "copy")
        #expect(copy.annotations[0].box == Self.upright)
        #expect(copy.segmentation(ofAnnotation: 0) == dataset.segmentation(ofAnnotation: 0))
        #expect(try text(of: folder.path + "/copy/Annotations/a.xml").contains("<xmax>55</xmax>"))
        _ = try folder.write(
            "<annotation><object><name>x</name><robndbox><cx>1</cx></robndbox></object></annotation>",
            to: "bad/Annotations/a.xml")
        #expect(caught { _ = try Dataset.read(folder.path + "/bad") }?.problem.contains("robndbox") == true)
    }

    private func coco(_ more: String) -> String {
        """
        {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
         "categories": [{"id": 1, "name": "ship"}], "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [40, 30, 20, 10], "area": 200, \(more)}]}
        """
    }

    /// CVAT's export has the box as it was before it was turned, and how far.
    @Test func rotationInCOCOFiles() throws {
        let dataset = try read(
            coco(#""segmentation": [], "attributes": {"occluded": false, "rotation": 90.0}"#), "a.json")
        #expect(dataset.annotations[0].box == Self.upright)
        #expect(dataset.annotations[0].area == 200)
        #expect(dataset.issueCounts == [.boxFromShape: 1])
        // Written and read again it is not turned once more.
        let copy = try copy(dataset, .coco, "copy.json")
        #expect(copy.annotations[0].box == Self.upright)
        #expect(copy.issueCounts == [:])
        let text = try text(of: folder.path + "/copy.json")
        #expect(text.contains(#""bbox":[45,25,10,20]"#))
        #expect(text.contains(#""segmentation":[[55,25,55,45,45,45,45,25]]"#))
        #expect(text.contains(#""attributes":{"occluded": false, "rotation": 90.0}"#))
    }

    /// Where there is an outline the box is its extent already; a text is an attribute of somebody's own.
    @Test(arguments: [
        #""segmentation": [[40, 30, 60, 30, 60, 40]], "attributes": {"rotation": 90.0}"#,
        #""attributes": {"rotation": "90"}"#, #""attributes": {"rotation": 0.0}"#, #""rotation": 90"#,
        #""attributes": [90]"#, #""segmentation": {"size": [1, 1], "counts": [1]}, "attributes": {"rotation": 90}"#,
    ])
    func boxesThatAreNotTurned(_ more: String) throws {
        #expect(try read(coco(more), "a.json").annotations[0].box == Box(x: 40, y: 30, width: 20, height: 10))
    }
}
