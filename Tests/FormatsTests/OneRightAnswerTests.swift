import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import ProgramRunner
import Testing

/// Faults that have one right answer, in every format that can have them: read so, and said.
@Suite struct OneRightAnswerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let box = Box(x: 10, y: 20, width: 30, height: 40)

    // MARK: Swapped corners

    /// The box from (40, 60) to (10, 20) of an image of 100 x 80.
    private static let swapped: [(DatasetFormat, String, String)] = [
        (
            .voc, "d/Annotations/a.xml",
            """
            <annotation><filename>a.png</filename><object><name>x</name><bndbox><xmin>40</xmin><ymin>60</ymin>
            <xmax>11</xmax><ymax>21</ymax></bndbox></object></annotation>
            """
        ),
        // One direction is enough.
        (
            .voc, "d/Annotations/a.xml",
            """
            <annotation><filename>a.png</filename><object><name>x</name><bndbox><xmin>11</xmin><ymin>60</ymin>
            <xmax>40</xmax><ymax>21</ymax></bndbox></object></annotation>
            """
        ),
        (.csv, "d", "filename,class,xmin,ymin,xmax,ymax\na.png,x,40,60,10,20\n"),
        (.csv, "d", "filename,class,x,y,w,h\na.png,x,40,60,-30,-40\n"),
        (.retinanet, "d", "a.png,40,60,10,20,x\n"),
        (.kitti, "d/label_2/a.txt", "x 0 0 -10 40 60 10 20 -1 -1 -1 -1000 -1000 -1000 -10\n"),
        (
            .cvat, "d",
            "<annotations><image name=\"a.png\"><box label=\"x\" xtl=\"40\" ytl=\"20\" xbr=\"10\" ybr=\"60\"/></image></annotations>"
        ),
        (
            .createml, "d",
            #"[{"image": "a.png", "annotations": [{"label": "x", "coordinates": {"x": 25, "y": 40, "width": -30, "height": 40}}]}]"#
        ),
        (
            .via, "d",
            """
            {"a": {"filename": "a.png", "regions": [{"shape_attributes": {"name": "rect", "x": 40, "y": 20, "width": -30,
            "height": 40}, "region_attributes": {"class": "x"}}]}}
            """
        ),
        (
            .labelstudio, "d",
            """
            [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [{"original_width": 100, "original_height": 80,
            "value": {"x": 10, "y": 75, "width": 30, "height": -50, "rectanglelabels": ["x"]}}]}]}]
            """
        ),
        (
            .openimages, "d/train-annotations-bbox.csv",
            "ImageID,LabelName,XMin,XMax,YMin,YMax\na,x,0.4,0.1,0.75,0.25\n"
        ),
        (.yolo, "d/labels/a.txt", "0 0.25 0.5 -0.3 0.5\n"),
    ]

    @Test(arguments: swapped.indices) func swappedCornersArePutInOrder(_ number: Int) throws {
        let (format, file, text) = Self.swapped[number]
        let picture = Data(
            try Image(width: 100, height: 80, format: .gray, bytes: .init(repeating: 9, count: 8000)).pngBytes())
        for place in file == "d" ? ["a.png"] : ["d/a.png", "d/images/a.png"] {
            _ = try folder.write(picture, to: place)
        }
        _ = try folder.write(text, to: file)
        let dataset = try Dataset.read(folder.path + "/d", format: format)
        #expect(dataset.annotations.map(\.box) == [Self.box], "\(format)")
        #expect(dataset.issueCounts[.swappedCorners] == 1 && dataset.issueCounts[.noArea] == nil)
        #expect(dataset.trainingView().objects(at: 0).map(\.box) == [Self.box])
        // What is written has them in order, and nothing to remark on.
        for target in [DatasetFormat.voc, .csv, .coco, .cvat] where target != format {
            try dataset.write(to: folder.path + "/out-\(target)", format: target)
            let copy = try Dataset.read(folder.path + "/out-\(target)", format: target)
            #expect(copy.annotations.map(\.box) == [Self.box])
            #expect(copy.issueCounts[.swappedCorners] == nil)
        }
    }

    /// COCO's boxes stay as they stand, as evaluation has to see them; formats of corners get them in order.
    @Test func negativeSizesOfCOCO() throws {
        let path = try folder.write(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
             "categories": [{"id": 1, "name": "x"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [40, 60, -30, -40]}]}
            """)
        let dataset = try Dataset.read(path)
        #expect(dataset.issueCounts == [.swappedCorners: 1])
        #expect(dataset.annotations[0].box.width == -30)
        #expect(dataset.trainingView().objects(at: 0).map(\.box) == [Self.box])
        try dataset.write(to: folder.path + "/same.json")
        #expect(try text(of: folder.path + "/same.json").contains("[40, 60, -30, -40]"))
        for format in RoundTripTests.formats where format != .coco {
            var options = WritingOptions()
            options.writesSidecar = false
            let name = "\(folder.path)/\(format)"
            try dataset.write(to: name, format: format, options: options)
            #expect(
                try dataset.difference(from: name, format: format, options: options, usesSidecar: false)
                    .greatestCoordinateDifference < 1e-9, "\(format)")
            try dataset.write(to: name + "-kept", format: format)
            #expect(
                try Dataset.read(name + "-kept", format: format).annotations[0].box.width == -30,
                "the sidecar has it as it stood: \(format)")
        }
    }

    // MARK: Numbers as texts

    @Test(arguments: [
        (
            DatasetFormat.coco,
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": "100", "height": " 80 "}],
             "categories": [{"id": 1, "name": "x"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1,
             "bbox": ["10", 20, "3e1", "40.0"], "area": "1200", "iscrowd": "1"}]}
            """
        ),
        (
            .createml,
            #"[{"image": "a.jpg", "annotations": [{"label": "x", "coordinates": {"x": "25", "y": 40, "width": "30", "height": 40}}]}]"#
        ),
        (
            .labelme,
            """
            {"shapes": [{"label": "x", "points": [["10", 20], [40, "60"]], "shape_type": "rectangle"}],
             "imagePath": "a.jpg", "imageWidth": "100", "imageHeight": 80}
            """
        ),
        (
            .labelstudio,
            """
            [{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": [{"original_width": "100",
            "original_height": 80, "value": {"x": "10", "y": 25, "width": 30, "height": 50, "rectanglelabels": ["x"]}}]}]}]
            """
        ),
        (
            .via,
            """
            {"a": {"filename": "a.jpg", "regions": [{"shape_attributes": {"name": "rect", "x": "10", "y": 20, "width": 30,
            "height": 40}, "region_attributes": {"class": "x"}}]}}
            """
        ),
    ])
    func numbersAsTexts(_ format: DatasetFormat, _ text: String) throws {
        let dataset = try Dataset.read(try folder.write(text, to: "d.json"), format: format)
        #expect(dataset.annotations.map(\.box) == [Self.box], "\(format)")
        #expect(dataset.issues.filter { $0.kind == .textNumber && $0.annotation == 0 }.count == 1)
        let hasSize = [.coco, .labelme, .labelstudio].contains(format)
        #expect(dataset.issues.filter { $0.kind == .textNumber && $0.annotation == nil }.count == (hasSize ? 1 : 0))
        if hasSize { #expect(dataset.images[0] == ImageRecord(id: 1, fileName: "a.jpg", width: 100, height: 80)) }
        try dataset.write(to: folder.path + "/out.json")
        let copy = try Dataset.read(folder.path + "/out.json")
        #expect(copy.issueCounts[.textNumber] == nil)
        #expect(copy.annotations.map(\.box) == [Self.box])
        if format == .coco { #expect(copy.annotations[0].isCrowd && copy.annotations[0].area == 1200) }
    }

    /// A record that is refused leaves nothing to the next one.
    @Test func aRefusedRecordIsAlone() throws {
        let path = try folder.write(
            """
            [{"image": "a.jpg", "annotations": [{"label": "x", "coordinates": {"x": "25", "y": 40, "width": "wide"}}]},
             {"image": "b.jpg", "annotations": [{"label": "x", "coordinates": {"x": 25, "y": 40, "width": 30, "height": 40}}]}]
            """, to: "d.json")
        let dataset = try Dataset.read(path, format: .createml, isLenient: true)
        #expect(dataset.refusals.count == 1)
        #expect(dataset.issueCounts[.textNumber] == nil)
        #expect(dataset.annotations.map(\.box) == [Self.box])
    }

    // MARK: Polygons that enclose nothing

    /// Too few points, an odd number of numbers, points on a line: the box is written.
    @Test(arguments: [
        "[[]]", "[[10, 20, 40, 60]]", "[[1, 2, 3, 4, 5, 6, 7]]", "[[10, 20, 20, 30, 30, 40]]", "[[], [1]]",
    ])
    func polygonsThatEncloseNothing(_ segmentation: String) throws {
        let path = try folder.write(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80},
                        {"id": 2, "file_name": "b.jpg", "width": 100, "height": 80}],
             "categories": [{"id": 1, "name": "cat"}], "annotations": [
             {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40], "segmentation": \(segmentation)},
             {"id": 2, "image_id": 2, "category_id": 1, "bbox": [10, 20, 30, 40], "segmentation": \(segmentation)},
             {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 50, 40], "segmentation": [[0, 0, 50, 0, 50, 40]]}]}
            """)
        let dataset = try Dataset.read(path)
        #expect(dataset.degeneratePolygonRows == [0, 1])
        var options = WritingOptions()
        options.writesPolygons = true
        options.writesSidecar = false
        for format in [DatasetFormat.yolo, .labelme, .cvat, .via, .labelstudio] {
            let name = "\(folder.path)/\(format)"
            try dataset.write(to: name, format: format, options: options)
            let difference = try dataset.difference(from: name, format: format, options: options, usesSidecar: false)
            #expect(difference.greatestCoordinateDifference < 1e-9, "\(format)")
            let kinds = difference.losses.map(\.kind)
            #expect(!kinds.contains("annotations") && !kinds.contains("boxes"), "\(format)")
        }
        #expect(try text(of: folder.path + "/yolo/labels/train/a.txt") == "0 0.25 0.5 0.3 0.5\n")
        // Beside a polygon the box is one, too.
        #expect(
            try text(of: folder.path + "/yolo/labels/train/b.txt")
                == "0 0.1 0.25 0.4 0.25 0.4 0.75 0.1 0.75\n0 0 0 0.5 0 0.5 0.5\n")
    }
}
