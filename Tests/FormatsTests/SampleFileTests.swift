import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem
import ProgramRunner
import Testing

/// Small files of each format as other tools write them, with boxes worked out by hand.
@Suite struct SampleFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writeImage(_ name: String, width: Int, height: Int) throws {
        let pixels = [UInt8](repeating: 90, count: width * height)
        _ = try folder.write(
            Data(try Image(width: width, height: height, format: .gray, bytes: pixels).pngBytes()), to: name)
    }

    private func read(_ name: String = "", _ change: (inout ReadingOptions) -> Void = { _ in }) throws -> Dataset {
        var options = ReadingOptions()
        change(&options)
        return try Dataset.read(name.isEmpty ? folder.path : "\(folder.path)/\(name)", options: options)
    }

    private func boxes(_ dataset: Dataset) -> [Box] { dataset.annotations.map(\.box) }

    private func names(_ dataset: Dataset) -> [String] {
        dataset.annotations.map { dataset.categories[$0.category].name }
    }

    // MARK: YOLO

    @Test func yoloWithYAML() throws {
        _ = try folder.write(
            """
            # comment
            path: .   # root
            train: images/train
            val: [images/val]
            names:
              0: cat   # the first
              2: 'dog: big'
            """, to: "data.yaml")
        try writeImage("images/train/a.png", width: 200, height: 100)
        try writeImage("images/train/deep/empty.png", width: 10, height: 10)
        try writeImage("images/val/b.png", width: 40, height: 80)
        // Centre (100, 50), size 50 x 20: from (75, 40). Byte order mark and Windows' line ends.
        _ = try folder.write("\u{FEFF}0 0.5 0.5 0.25 0.2\r\n", to: "labels/train/a.txt")
        // A triangle with the corners (4, 8), (20, 8), (20, 72); then a box with a confidence.
        _ = try folder.write("2 0.1 0.1 0.5 0.1 0.5 0.9\n\n0 .5 .5 1. 1.0 0.75\n", to: "labels/val/b.txt")
        let dataset = try read()
        #expect(dataset.images.map(\.fileName) == ["train/a.png", "train/deep/empty.png", "val/b.png"])
        #expect(dataset.categories.map(\.id) == [0, 2])
        #expect(names(dataset) == ["cat", "dog: big", "cat"])
        #expect(
            boxes(dataset) == [
                Box(x: 75, y: 40, width: 50, height: 20), Box(x: 4, y: 8, width: 16, height: 64),
                Box(x: 0, y: 0, width: 40, height: 80),
            ])
        // Half of 16 x 64.
        #expect(dataset.annotations[1].area == 512)
        #expect(dataset.field("score", ofAnnotation: 2) == "0.75")
        #expect(dataset.field("split", ofImage: 2) == "val")
        let val = try read { $0.split = "val" }
        #expect(val.images.map(\.fileName) == ["b.png"])
        #expect(Folder.exists(val.imagePath(ofImage: 0)))
    }

    @Test func yoloWithAnotherNumberOfClasses() throws {
        try writeImage("images/train/a.png", width: 10, height: 10)
        _ = try folder.write("0 0.5 0.5 0.2 0.2", to: "labels/train/a.txt")
        for (count, findings) in [(2, 1), (1, 0)] {
            _ = try folder.write("train: images/train\nnc: \(count)\nnames: [cat]\n", to: "data.yaml")
            let dataset = try read("data.yaml")
            #expect(dataset.readingFindings.map(\.first.kind) == Array(repeating: .classCount, count: findings))
            #expect(dataset.readingFindings.first?.first.detail == (findings > 0 ? "nc is 2, and names has 1" : nil))
        }
    }

    @Test func yoloAsExportingServicesWriteIt() throws {
        _ = try folder.write("train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['a b']\n", to: "data.yaml")
        try writeImage("train/images/x.png", width: 10, height: 10)
        try writeImage("valid/images/y.png", width: 10, height: 10)
        _ = try folder.write("0 0.5 0.5 0.2 0.2", to: "train/labels/x.txt")
        let dataset = try read("data.yaml")
        #expect(dataset.images.count == 2)
        #expect(boxes(dataset) == [Box(x: 4, y: 4, width: 2, height: 2)])
    }

    @Test func yoloWithoutYAML() throws {
        try writeImage("images/x.png", width: 10, height: 10)
        _ = try folder.write("1 0.5 0.5 0.2 0.2", to: "labels/x.txt")
        #expect(names(try read()) == ["1"])
        _ = try folder.write("cat\ndog\n", to: "classes.txt")
        #expect(names(try read()) == ["dog"])
    }

    @Test func darknetLists() throws {
        _ = try folder.write(
            "classes= 2\ntrain  = data/train.txt\nvalid  = data/test.txt\nnames = data/obj.names\nbackup = backup/\n",
            to: "data/obj.data")
        _ = try folder.write("cat\ndog\n", to: "data/obj.names")
        _ = try folder.write("data/obj/a.png\r\n", to: "data/train.txt")
        _ = try folder.write("", to: "data/test.txt")
        try writeImage("data/obj/a.png", width: 20, height: 10)
        _ = try folder.write("1 0.5 0.5 0.5 1\n", to: "data/obj/a.txt")
        let dataset = try read("data/obj.data")
        #expect(names(dataset) == ["dog"])
        #expect(boxes(dataset) == [Box(x: 5, y: 0, width: 10, height: 10)])
    }

    // MARK: JSON

    @Test(arguments: [("image", "annotations"), ("imagefilename", "annotation")])
    func createML(_ image: String, _ list: String) throws {
        let text = """
            [{"\(image)": "a b.jpg", "\(list)": [
              {"label": "cat", "coordinates": {"x": 120, "y": 164.5, "width": 230, "height": 119}}]},
             {"\(image)": "none.jpg", "\(list)": []}]
            """
        _ = try folder.write(text, to: "_annotations.createml.json")
        let dataset = try read()
        // The centre is given: 120 - 115 and 164.5 - 59.5.
        #expect(boxes(dataset) == [Box(x: 5, y: 105, width: 230, height: 119)])
        #expect(dataset.images.map(\.fileName) == ["a b.jpg", "none.jpg"])
    }

    @Test func labelMe() throws {
        _ = try folder.write(
            """
            {"version": "5.4.1", "flags": {}, "shapes": [
              {"label": "cat", "points": [[30, 40], [10.5, 20]], "group_id": null, "shape_type": "rectangle", "flags": {}},
              {"label": "dog", "points": [[0, 0], [4, 0], [4, 3]], "group_id": 2, "shape_type": "polygon", "flags": {}},
              {"label": "sun", "points": [[50, 50], [53, 54]], "group_id": null, "shape_type": "circle", "flags": {}}],
             "imagePath": "..\\\\pictures\\\\a.jpg", "imageData": "aGVsbG8=", "imageHeight": 100, "imageWidth": 200}
            """, to: "a.json")
        let dataset = try read()
        #expect(dataset.images[0] == ImageRecord(id: 1, fileName: "a.jpg", width: 200, height: 100))
        // Corners in any order; the circle has the radius of a 3-4-5 triangle.
        #expect(
            boxes(dataset) == [
                Box(x: 10.5, y: 20, width: 19.5, height: 20), Box(x: 0, y: 0, width: 4, height: 3),
                Box(x: 45, y: 45, width: 10, height: 10),
            ])
        #expect(dataset.annotations[1].area == 6)
        #expect(dataset.field("group_id", ofAnnotation: 1) == "2")
    }

    @Test func labelStudio() throws {
        let region = #""original_width": 400, "original_height": 200, "image_rotation": 0, "type": "rectanglelabels""#
        _ = try folder.write(
            """
            [{"id": 31, "data": {"image": "/data/local-files/?d=dir/a%20b.jpg"}, "annotations": [{"id": 1, "result": [
              {"id": "x1", \(region), "from_name": "label", "to_name": "image",
               "value": {"x": 25, "y": 50, "width": 12.5, "height": 10, "rotation": 0, "rectanglelabels": ["cat"]}},
              {"id": "x2", \(region), "from_name": "label", "to_name": "image",
               "value": {"x": 50, "y": 50, "width": 10, "height": 30, "rotation": 90, "rectanglelabels": ["cat"]}}]},
              {"id": 2, "was_cancelled": true, "result": [{"id": "x3"}]}]},
             {"id": 32, "data": {"image": "none.jpg"}, "annotations": [{"id": 3, "result": []}]}]
            """, to: "project.json")
        let dataset = try read()
        #expect(dataset.images.map(\.fileName) == ["dir/a b.jpg", "none.jpg"])
        #expect(dataset.images.map(\.id) == [31, 32])
        // 40 x 60 pixels from (200, 100), turned by 90 degrees around that corner: 60 to the left and 40 down.
        #expect(
            boxes(dataset) == [
                Box(x: 100, y: 100, width: 50, height: 20), Box(x: 140, y: 100, width: 60, height: 40),
            ])
    }

    @Test func labelStudioMinimal() throws {
        _ = try folder.write(
            """
            [{"image": "/data/upload/1/3f2a-a.jpg", "id": 1, "label": [{"x": 10, "y": 20, "width": 30, "height": 40,
              "rotation": 0, "rectanglelabels": ["cat"], "original_width": 100, "original_height": 50}],
              "annotator": 1, "annotation_id": 1, "lead_time": 2.5}]
            """, to: "min.json")
        let dataset = try read()
        #expect(dataset.images[0].fileName == "3f2a-a.jpg")
        #expect(boxes(dataset) == [Box(x: 10, y: 10, width: 30, height: 20)])
    }

    @Test(arguments: [false, true]) func via(_ isProject: Bool) throws {
        let files = """
            {"a.jpg12": {"filename": "a.jpg", "size": 12, "regions": [
               {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4},
                "region_attributes": {"type": "cat"}},
               {"shape_attributes": {"name": "circle", "cx": 10, "cy": 20, "r": 5},
                "region_attributes": {"type": {"dog": true}}}], "file_attributes": {}},
             "b.jpg-1": {"filename": "b.jpg", "size": -1, "regions": {"0": {"shape_attributes":
               {"name": "polygon", "all_points_x": [0, 4, 4], "all_points_y": [1, 1, 9]}, "region_attributes": {}}}}}
            """
        let project = #"{"_via_settings": {}, "_via_img_metadata": \#(files), "_via_attributes": {}}"#
        _ = try folder.write(isProject ? project : files, to: "via.json")
        let dataset = try read()
        #expect(names(dataset) == ["cat", "dog", "object"])
        #expect(
            boxes(dataset) == [
                Box(x: 1, y: 2, width: 3, height: 4), Box(x: 5, y: 15, width: 10, height: 10),
                Box(x: 0, y: 1, width: 4, height: 8),
            ])
    }

    // MARK: Tables

    @Test func tensorFlowTable() throws {
        _ = try folder.write(
            "filename,width,height,class,xmin,ymin,xmax,ymax\r\n\"a, b.jpg\",640,480,\"big \"\"cat\"\"\",10,20,110,220.5\r\n"
                + "c.jpg,640,480,dog,0,0,5,5\r\n\"a, b.jpg\",640,480,dog,1,2,3,4\r\nempty.jpg,8,9,,,,,\r\n",
            to: "train.csv")
        let dataset = try read()
        #expect(dataset.images.map(\.fileName) == ["a, b.jpg", "c.jpg", "empty.jpg"])
        #expect(dataset.images[2].height == 9)
        #expect(names(dataset) == ["big \"cat\"", "dog", "dog"])
        #expect(boxes(dataset)[0] == Box(x: 10, y: 20, width: 100, height: 200.5))
        #expect(dataset.annotations[2].image == 0)
    }

    @Test func tableWithAssignedColumns() throws {
        _ = try folder.write("picture;what;left;top;w;h;seen by\nx.jpg;cat;1,5;2;3;4;Ann\n", to: "boxes.csv")
        let error = caught { _ = try read("boxes.csv") { $0.format = .csv } }
        #expect(error?.remedy?.pieces.contains(.setting(.columns)) == true)
        _ = try folder.write("picture;what;left;top;w;h;seen by\nx.jpg;cat;1.5;2;3;4;Ann\n", to: "boxes.csv")
        let dataset = try read("boxes.csv") {
            $0.format = .csv
            $0.columns = TableColumns(headers: [.image: "picture", .category: "what"])
        }
        #expect(boxes(dataset) == [Box(x: 1.5, y: 2, width: 3, height: 4)])
        #expect(dataset.field("seen by", ofAnnotation: 0) == "Ann")
    }

    @Test func retinaNetTable() throws {
        _ = try folder.write(
            "/data/a.jpg,837,346,981,456,cow\n/data/a.jpg,1,2,3,4,bird\n/data/b.jpg,,,,,\n", to: "a.csv")
        let dataset = try read("a.csv")
        #expect(dataset.images.map(\.fileName) == ["/data/a.jpg", "/data/b.jpg"])
        #expect(boxes(dataset)[0] == Box(x: 837, y: 346, width: 144, height: 110))
    }

    @Test func openImages() throws {
        try writeImage("images/000a.png", width: 200, height: 100)
        try writeImage("images/000b.png", width: 10, height: 10)
        _ = try folder.write("/m/01,Cat\n/m/02,\"Dog, big\"\n", to: "class-descriptions-boxable.csv")
        _ = try folder.write("ImageID,Subset\n000a,train\n000b,train\n", to: "train-images.csv")
        _ = try folder.write(
            """
            ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside
            000a,xclick,/m/02,1,0.25,0.5,0.1,0.9,1,0,1,0,0
            """, to: "train-annotations-bbox.csv")
        let dataset = try read()
        #expect(dataset.images.map(\.fileName) == ["000a.png", "000b.png"])
        #expect(names(dataset) == ["Dog, big"])
        #expect(boxes(dataset) == [Box(x: 50, y: 10, width: 50, height: 80)])
        #expect(dataset.annotations[0].isCrowd)
        #expect(dataset.field("IsOccluded", ofAnnotation: 0) == "1")
    }

    @Test func kitti() throws {
        try writeImage("image_2/000001.png", width: 1242, height: 375)
        _ = try folder.write(
            "Truck 0.00 0 -1.57 599.41 156.40 629.75 189.25 2.85 2.63 12.34 0.47 1.49 69.44 -1.56\n"
                + "DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10\n",
            to: "label_2/000001.txt")
        let dataset = try read()
        #expect(names(dataset) == ["Truck", "DontCare"])
        #expect(boxes(dataset)[0] == Box(x: 599.41, y: 156.4, width: 30.34, height: 32.85))
        #expect(dataset.images[0].width == 1242)
        #expect(dataset.field("alpha", ofAnnotation: 0) == "-1.57")
        #expect(dataset.field("alpha", ofAnnotation: 1) == nil)
    }

    // MARK: XML

    @Test func cvat() throws {
        _ = try folder.write(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <annotations><version>1.1</version><meta><task><labels><label><name>dog</name></label>
            <label><name>cat &amp; co</name></label></labels></task></meta>
            <image id="7" name="sub/a.jpg" width="100" height="50" subset="val">
              <box label="cat &amp; co" occluded="1" source="manual" xtl="10.5" ytl="20" xbr="30" ybr="40.25" z_order="0">
                <attribute name="colour">red</attribute></box>
              <box label="dog" occluded="0" xtl="10" ytl="10" xbr="30" ybr="20" rotation="90.0" z_order="0"></box>
              <polygon label="dog" occluded="0" points="1,1;5,1;5,4" z_order="0"></polygon>
              <ellipse label="dog" cx="20" cy="20" rx="4" ry="2"></ellipse></image>
            <image id="9" name="empty.jpg" width="1" height="1"></image></annotations>
            """, to: "annotations.xml")
        let dataset = try read()
        #expect(dataset.categories.map(\.name) == ["dog", "cat & co"])
        #expect(dataset.images.map(\.id) == [7, 9])
        // Turned around its centre (20, 15), 20 x 10 becomes 10 x 20.
        #expect(
            boxes(dataset) == [
                Box(x: 10.5, y: 20, width: 19.5, height: 20.25), Box(x: 15, y: 5, width: 10, height: 20),
                Box(x: 1, y: 1, width: 4, height: 3), Box(x: 16, y: 18, width: 8, height: 4),
            ])
        #expect(dataset.field("occluded", ofAnnotation: 0) == "1")
        #expect(dataset.field("split", ofImage: 0) == "val")
    }

    @Test func pascalVOCOneFolderBelow() throws {
        _ = try folder.write("nothing of interest", to: "README.txt")
        _ = try folder.write(
            "<annotation><filename>a.jpg</filename><size><width>9</width><height>9</height></size><object><name>x</name>"
                + "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>",
            to: "VOC2012/Annotations/a.xml")
        #expect(boxes(try read()) == [Box(x: 0, y: 1, width: 3, height: 3)])
    }

    // MARK: Results

    @Test func resultsNeedTheirDataset() throws {
        _ = try folder.write(
            #"{"images":[{"id":5,"file_name":"a.jpg"}],"annotations":[],"categories":[{"id":3,"name":"x"}]}"#)
        _ = try folder.write(#"[{"image_id":5,"category_id":3,"bbox":[1,2,3,4],"score":0.5}]"#, to: "results.json")
        #expect(caught { _ = try read("results.json") }?.remedy?.pieces.contains(.setting(.annotations)) == true)
        let dataset = try read("results.json") { $0.annotations = folder.path + "/dataset.json" }
        #expect(boxes(dataset) == [Box(x: 1, y: 2, width: 3, height: 4)])
        try dataset.write(to: folder.path + "/again.json", format: .cocoResults)
        #expect(
            Array(try COCOResults.read(folder.path + "/again.json"))
                == Array(try COCOResults.read(folder.path + "/results.json")))
    }

    /// Detections are the same whatever format they come in.
    @Test(arguments: [DatasetFormat.csv, .yolo, .darknet, .kitti, .via, .labelme, .labelstudio])
    func detectionsOfAnyFormat(_ format: DatasetFormat) throws {
        _ = try folder.write(
            """
            {"images": [{"id": 5, "file_name": "a.jpg", "width": 100, "height": 80}], "annotations": [],
             "categories": [{"id": 9, "name": "big cat"}, {"id": 3, "name": "dog"}]}
            """)
        _ = try folder.write(
            """
            [{"image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5},
             {"image_id": 5, "category_id": 9, "bbox": [10.5, 20, 30, 40], "score": 0.25}]
            """, to: "results.json")
        let truth = try read("dataset.json")
        let detections = try read("results.json") { $0.annotations = folder.path + "/dataset.json" }
        var options = WritingOptions()
        options.writesSidecar = false
        try detections.write(to: folder.path + "/found", format: format, options: options)
        let expected = try COCOResults.read(folder.path + "/results.json", of: truth)
        #expect(Array(try COCOResults.read(folder.path + "/found", of: truth)) == Array(expected))
        // A dataset without scores is no detections.
        try truth.selecting(annotations: { _ in true }).write(to: folder.path + "/none", format: .csv, options: options)
        #expect(try COCOResults.read(folder.path + "/none", of: truth).isEmpty)
    }
}
