import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// What is no box in files of other tools: taken over with its extent, or named as left out.
@Suite struct ShapeReadingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, _ name: String) throws -> Dataset {
        try Dataset.read(try folder.write(text, to: name))
    }

    private func details(_ dataset: Dataset, _ kind: DatasetIssue.Kind) -> [String] {
        dataset.issues.filter { $0.kind == kind }.map { $0.detail ?? "" }
    }

    // MARK: CVAT

    private static let cvat = """
        <annotations><version>1.1</version><meta><task><labels>
        <label><name>person</name><type>skeleton</type></label>
        <label><name>head</name><type>points</type><parent>person</parent></label>
        <label><name>thing</name><attributes><attribute><name>not a label</name></attribute></attributes></label>
        </labels></task></meta>
        <image id="3" name="a.jpg" width="100" height="80">
        <skeleton label="person"><attribute name="age">7</attribute>
          <points label="head" points="20,20" occluded="1"/><points label="hand" points="90,5" outside="1"/>
          <points label="foot" points="30,60"/></skeleton>
        <polyline label="thing" points="1,2;30,40" occluded="1"/><points label="thing" points="5,6;7,9"/>
        <mask label="thing" rle="3, 4, 5" left="10" top="12" width="3" height="4"/>
        <cuboid label="thing" xtl1="1" ytl1="2" xbl1="1" ybl1="12" xtr1="11" ytr1="2" xbr1="11" ybr1="12" xtl2="3"
          ytl2="4" xbl2="3" ybl2="14" xtr2="13" ytr2="4" xbr2="13" ybr2="14"/>
        <tag label="night" source="manual"><attribute name="sky">clear</attribute></tag><tag label="rain"/>
        <spline label="thing"/></image></annotations>
        """

    @Test func cvatShapes() throws {
        let dataset = try read(Self.cvat, "a.xml")
        // The points of a skeleton are no categories; one that is outside does not count.
        #expect(dataset.categories.map(\.name) == ["person", "thing"])
        #expect(
            dataset.annotations.map(\.box) == [
                Box(x: 20, y: 20, width: 10, height: 40), Box(x: 1, y: 2, width: 29, height: 38),
                Box(x: 5, y: 6, width: 2, height: 3), Box(x: 10, y: 12, width: 3, height: 4),
                Box(x: 1, y: 2, width: 12, height: 12),
            ])
        #expect(details(dataset, .boxFromShape) == ["skeleton", "polyline", "points", "mask", "cuboid"])
        #expect(details(dataset, .contentLeftOut) == ["spline"])
        #expect(dataset.lossesOnReading.map(\.kind) == ["spline"])
        #expect(dataset.lossesOnReading[0].examples == [folder.path + "/a.xml: images[0] (id 3) of a.jpg"])
        try dataset.write(to: folder.path + "/a.json")
        let coco = try text(of: folder.path + "/a.json")
        #expect(coco.contains(#""keypoints":[20,20,1,90,5,0,30,60,2],"num_keypoints":2"#))
        #expect(
            coco.contains(
                #""tags":[{"label":"night","source":"manual","attributes":{"sky":"clear"}},{"label":"rain"}]"#))
    }

    @Test func cvatShapesComeBack() throws {
        let dataset = try read(Self.cvat, "a.xml")
        var options = WritingOptions()
        options.writesSidecar = false
        try dataset.write(to: folder.path + "/b.xml", format: .cvat, options: options)
        let difference = try dataset.difference(
            from: folder.path + "/b.xml", format: .cvat, options: options, usesSidecar: false)
        #expect(difference.isExact, "\(difference.losses)")
        let xml = try text(of: folder.path + "/b.xml")
        #expect(xml.contains("<points label=\"head\" outside=\"0\" occluded=\"1\" points=\"20,20\">"))
        #expect(xml.contains("<attribute name=\"sky\">clear</attribute>"))
        // Through a file of COCO's, too.
        try dataset.write(to: folder.path + "/c.json")
        try Dataset.read(folder.path + "/c.json").write(to: folder.path + "/d.xml", format: .cvat, options: options)
        #expect(try text(of: folder.path + "/d.xml") == xml)
    }

    /// Tags of another tool, with keys that no attribute can have.
    @Test func tagsThatAreNoneOfCVAT() throws {
        let dataset = try read(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "tags": [{"my key": "<", "label": "x"}, "y & z"]}],
             "annotations": [], "categories": []}
            """, "a.json")
        try dataset.write(to: folder.path + "/b.xml", format: .cvat)
        let xml = try text(of: folder.path + "/b.xml")
        #expect(
            xml.contains("<tag label=\"x\">") && xml.contains("<tag label=\"y &amp; z\">") && !xml.contains("my key"))
        _ = try Dataset.read(folder.path + "/b.xml")
    }

    @Test func attributesOfASkeletonsPoints() throws {
        let dataset = try read(
            """
            <annotations><image id="0" name="a.jpg" width="9" height="9"><skeleton label="p">
            <points label="x" points="1,1"><attribute name="q">1</attribute></points></skeleton></image></annotations>
            """, "a.xml")
        #expect(details(dataset, .contentLeftOut) == ["attributes of a skeleton's points"])
    }

    // MARK: Label Studio

    private func task(_ results: String, _ more: String = "") -> String {
        """
        [{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"id": 1, "result": [\(results)]}\(more)]
        """
    }

    private func result(_ id: String, _ type: String, _ value: String) -> String {
        #"{"id": "\#(id)", "type": "\#(type)", "original_width": 100, "original_height": 80, "value": {\#(value)}}"#
    }

    @Test func labelStudioResults() throws {
        let place = #""x": 10, "y": 20, "width": 30, "height": 40"#
        let results = [
            result("a", "rectanglelabels", place + #", "rectanglelabels": ["cat", "dog"]"#),
            result("b", "keypointlabels", #""x": 10, "y": 10, "width": 0.5, "keypointlabels": ["nose"]"#),
            // A shape and what is said of it may be apart.
            result("c", "rectangle", place), result("c", "choices", place + #", "choices": ["bus"]"#),
            result("d", "rectangle", place), result("d", "labels", place + #", "labels": ["van"]"#),
            result("e", "rectangle", place),
            result("f", "choices", #""choices": ["night"]"#), result("a", "textarea", place + #", "text": ["hm"]"#),
            #"{"type": "relation", "from_id": "a", "to_id": "b"}"#,
        ]
        let more = """
            , {"id": 2, "was_cancelled": true, "result": [{"id": "g"}]}], "predictions": [7, {"id": 8, "result":
            [\(result("h", "rectanglelabels", place)), \(result("i", "rectanglelabels", place))]}]}
            """
        let dataset = try read(task(results.joined(separator: ","), more), "a.json")
        #expect(
            dataset.annotations.map { dataset.categories[$0.category].name } == ["cat", "nose", "bus", "van", "object"])
        #expect(dataset.annotations[0].box == Box(x: 10, y: 16, width: 30, height: 32))
        #expect(dataset.annotations[1].box == Box(x: 10, y: 8, width: 0, height: 0))
        #expect(details(dataset, .severalClasses) == ["cat, dog"])
        #expect(details(dataset, .missingClass) == ["no label"])
        #expect(dataset.issues.first { $0.kind == .missingClass }?.annotation == 4)
        #expect(
            Dictionary(uniqueKeysWithValues: dataset.lossesOnReading.map { ($0.kind, $0.count) }) == [
                "a cancelled annotation's region": 1, "a predicted region beside the annotated ones": 2, "choices": 1,
                "textarea": 1, "relation": 1, "all classes of an object but the first": 1,
            ])
    }

    /// Runs of 3, 2 and 1 kinds of lengths: 4 pixels of which the second and third are painted, in a row of 4.
    ///
    /// 16 numbers (32 bits), 8 bits each (7), lengths of 3, 4, 8, 16 bits (2, 3, 7, 15); then 4 times 0, 8 times 255, and 4
    /// numbers 0 one by one.
    @Test func masksOfTheBrush() throws {
        var bits = String(16, radix: 2).leftPadded(32) + "00111" + "0010" + "0011" + "0111" + "1111"
        bits += "1" + "00" + "011" + "00000000"
        bits += "1" + "00" + "111" + "11111111"
        bits += "0" + "00" + "011" + String(repeating: "0", count: 32)
        while bits.count % 8 != 0 { bits += "0" }
        let bytes = stride(from: 0, to: bits.count, by: 8).map { place in
            let start = bits.index(bits.startIndex, offsetBy: place)
            return Int(bits[start..<bits.index(start, offsetBy: 8)], radix: 2) ?? -1
        }
        func dataset(_ rle: [Int], width: Int, height: Int) throws -> Dataset {
            try read(
                """
                [{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": [{"id": "m", "type": "brushlabels",
                  "original_width": \(width), "original_height": \(height),
                  "value": {"format": "rle", "rle": \(rle), "brushlabels": ["x"]}}]}]}]
                """, "m.json")
        }
        let row = try dataset(bytes, width: 4, height: 1)
        #expect(row.annotations[0].box == Box(x: 1, y: 0, width: 2, height: 1))
        #expect(details(row, .contentLeftOut) == ["the mask of a brush"])
        // In two rows of two it is the last pixel of the first and the first one of the second.
        #expect(try dataset(bytes, width: 2, height: 2).annotations[0].box == Box(x: 0, y: 0, width: 2, height: 2))
        // Of another size, or cut off, it tells no box.
        #expect(try dataset(bytes, width: 5, height: 1).issueCounts[.missingBox] == 1)
        #expect(try dataset(bytes.dropLast(3), width: 4, height: 1).issueCounts[.missingBox] == 1)
    }

    @Test func tasksWithoutAnImage() throws {
        let video = caught { _ = try read(#"[{"id": 1, "data": {"video": "v.mp4"}, "annotations": []}]"#, "v.json") }
        #expect(video?.problem.contains("of a video (data.video)") == true)
        let text = caught { _ = try read(#"[{"id": 1, "data": {"text": "hello"}, "annotations": []}]"#, "t.json") }
        #expect(text?.problem == "there is no data.image; data has text")
    }

    /// JSON-MIN has a list under the name of each tag of the project.
    @Test func labelStudioMinimalUnderOtherNames() throws {
        let dataset = try read(
            """
            [{"image": "a.jpg", "id": 1, "mood": "good", "bbox": [{"x": 10, "y": 20, "width": 30, "height": 40,
              "rectanglelabels": ["cat"], "original_width": 100, "original_height": 50}], "lead_time": 2.5}]
            """, "min.json")
        #expect(dataset.annotations.map(\.box) == [Box(x: 10, y: 10, width: 30, height: 20)])
        #expect(dataset.field("mood", ofImage: 0) == "good")
    }

    // MARK: LabelMe

    private func labelMe(_ shapes: String) throws -> Dataset {
        try read(
            """
            {"version": "5", "flags": {}, "shapes": [\(shapes)], "imagePath": "a.jpg", "imageHeight": 80, "imageWidth": 100}
            """, "a.json")
    }

    @Test func partsOfOneObject() throws {
        let dataset = try labelMe(
            """
            {"label": "cat", "points": [[10, 20], [20, 20], [20, 60]], "shape_type": "polygon", "group_id": 1},
            {"label": "dog", "points": [[50, 20], [60, 60]], "shape_type": "rectangle", "group_id": 1, "difficult": true},
            {"label": "cat", "points": [[30, 20], [40, 50]], "shape_type": "rectangle", "group_id": 1, "difficult": true},
            {"label": "cat", "points": [[70, 70], [71, 71]], "shape_type": "line", "group_id": 1},
            {"label": "cat", "points": [[1, 1], [5, 1], [5, 9]], "shape_type": "polygon", "group_id": null}
            """)
        #expect(
            dataset.annotations.map(\.box) == [
                Box(x: 10, y: 20, width: 30, height: 40), Box(x: 50, y: 20, width: 10, height: 40),
                Box(x: 70, y: 70, width: 1, height: 1), Box(x: 1, y: 1, width: 4, height: 8),
            ])
        #expect(dataset.annotations.map(\.isDifficult) == [true, true, false, false])
        // A triangle of 10 x 40 and a rectangle of 10 x 30.
        #expect(dataset.annotations[0].area == 500)
        #expect(
            dataset.segmentation(ofAnnotation: 0)
                == .polygons([[10, 20, 20, 20, 20, 60], [30, 20, 40, 20, 40, 50, 30, 50]]))
        #expect(dataset.field("group_id", ofAnnotation: 0) == "1")
        #expect(details(dataset, .contentLeftOut) == [])
        #expect(details(dataset, .boxFromShape) == ["several parts of one object", "line"])

        var options = WritingOptions()
        options.writesSidecar = false
        try dataset.write(to: folder.path + "/copy", format: .labelme, options: options)
        let difference = try dataset.difference(
            from: folder.path + "/copy", format: .labelme, options: options, usesSidecar: false)
        #expect(difference.isExact, "\(difference.losses)")
    }

    /// Of a field that parts have otherwise the first one's value counts.
    @Test func partsThatDisagree() throws {
        let part = #""label": "cat", "points": [[10, 20], [20, 20], [20, 60]], "shape_type": "polygon", "group_id": 1"#
        let dataset = try labelMe(
            #"{\#(part), "description": "a"}, {\#(part), "description": "b"}, {\#(part), "flags": {}}"#)
        #expect(details(dataset, .contentLeftOut) == ["what a further part of an object says otherwise"])
        #expect(dataset.field("description", ofAnnotation: 0) == "a")
    }

    /// Polygons of one object that no group joins get a number that none has.
    @Test func objectsOfSeveralPolygonsGetAGroup() throws {
        let dataset = try read(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
             "categories": [{"id": 1, "name": "cat"}], "annotations": [
             {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 30, 30], "group_id": 7},
             {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 8, 8],
              "segmentation": [[1, 1, 5, 1, 5, 5], [6, 6, 9, 6, 9, 9]]}]}
            """, "coco.json")
        try dataset.write(to: folder.path + "/lm", format: .labelme)
        #expect(try text(of: folder.path + "/lm/a.json").components(separatedBy: "\"group_id\":8,").count == 3)
        let back = try Dataset.read(folder.path + "/lm")
        #expect(back.field("group_id", ofAnnotation: 1) == nil, "the number was made up")
        #expect(back.segmentation(ofAnnotation: 1) == dataset.segmentation(ofAnnotation: 1))
    }

    @Test func shapesOfOtherVersions() throws {
        let dataset = try labelMe(
            """
            {"label": "ship", "points": [[10, 10], [20, 5], [25, 15], [15, 20]], "shape_type": "rotation", "direction": 0.4},
            {"label": "box", "points": [[10, 10], [30, 10], [30, 20], [10, 20]], "shape_type": "rectangle"},
            {"label": "odd", "points": [[10, 10], [30, 12], [30, 20], [10, 20]], "shape_type": "rectangle"}
            """)
        #expect(dataset.segmentation(ofAnnotation: 0) == .polygons([[10, 10, 20, 5, 25, 15, 15, 20]]))
        #expect(dataset.annotations[1].box == Box(x: 10, y: 10, width: 20, height: 10))
        #expect(details(dataset, .boxFromShape) == ["rectangle"])
    }

    // MARK: Tables

    @Test func columnsAndTablesOfOpenImagesThatAreNotRead() throws {
        _ = try folder.write("ImageID,LabelName\n000a,/m/1\n", to: "oi/train-annotations-human-imagelabels.csv")
        _ = try folder.write(
            "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsGroupOf,XClick1X\n",
            to: "oi/train-annotations-bbox.csv")
        #expect(
            try Dataset.read(folder.path + "/oi").lossesOnReading.map(\.kind) == [
                "the columns XClick1X of train-annotations-bbox.csv",
                "the table train-annotations-human-imagelabels.csv",
            ])
    }

    // MARK: In datasets made of others

    /// Rows are others there; what was left out is still counted, with its first place.
    @Test func remarksStayWithWhatIsMadeOfADataset() throws {
        let dataset = try read(Self.cvat, "a.xml")
        let part = Dataset.concatenating([dataset.selecting { $0 > 1 }, dataset])
        #expect(part.lossesOnReading.map(\.count) == [2])
        #expect(part.lossesOnReading[0].examples[0] == folder.path + "/a.xml: images[0] (id 3) of a.jpg")
        #expect(part.issueCounts[.boxFromShape] == 10)
        #expect(part.issues.filter { $0.kind == .boxFromShape }.allSatisfy { $0.annotation == nil })
    }

    // MARK: Beside a sidecar

    /// What another tool added to a file with a sidecar is named as well.
    @Test func remarksGoWithTheirRecords() throws {
        let dataset = try read(Self.cvat.replacingOccurrences(of: "<spline label=\"thing\"/>", with: ""), "a.xml")
        try dataset.write(to: folder.path + "/b.xml", format: .cvat)
        let xml = try text(of: folder.path + "/b.xml").replacingOccurrences(
            of: "  </image>", with: "<blob/><box label=\"new\" xtl=\"9\" ytl=\"9\" xbr=\"1\" ybr=\"1\"/></image>")
        let back = try read(xml, "b.xml")
        #expect(details(back, .contentLeftOut) == ["blob"])
        #expect(details(back, .boxFromShape).count == 5)
        #expect(back.annotations.last?.box == Box(x: 1, y: 1, width: 8, height: 8))
        #expect(back.issues.first { $0.kind == .boxFromShape }?.annotation == 0)
    }
}

extension String {
    fileprivate func leftPadded(_ count: Int) -> String { String(repeating: "0", count: count - self.count) + self }
}
