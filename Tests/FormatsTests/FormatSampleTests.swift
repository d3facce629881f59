import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailSystem
import ProgramRunner
import Testing

/// Files of other tools: recognised, read as they are meant, and told what is the matter when they are broken.
@Suite struct FormatSampleTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func objects(_ dataset: Dataset) -> [FormatSample.Object] {
        dataset.annotations.map {
            FormatSample.Object(
                image: dataset.images[$0.image].fileName, category: dataset.categories[$0.category].name, box: $0.box)
        }
    }

    @Test(arguments: FormatSample.all) func isReadAsItIsMeant(_ sample: FormatSample) throws {
        let path = try sample.write(to: folder)
        // Panoptic segments look like COCO's up to the annotations.
        if sample.format != .panoptic { #expect(try DatasetFormat.recognize(path).format == sample.format) }
        let dataset = try Dataset.read(path)
        #expect(objects(dataset) == sample.objects)
        let empty = dataset.images.indices.filter { dataset.annotations(ofImage: $0).isEmpty }
        #expect(empty.map { dataset.images[$0].fileName } == sample.empty)
        #expect(dataset.provenance.format == sample.format)
    }

    /// Every file of every sample cut off, with a byte spoilt, in another encoding, with hostile numbers: an error that names
    /// the file and a remedy, or a dataset.
    @Test(arguments: FormatSample.all) func brokenInEveryWay(_ sample: FormatSample) throws {
        let path = try sample.write(to: folder)
        func tryReading(_ comment: String) {
            for isLenient in [false, true] {
                do {
                    var options = ReadingOptions(format: sample.format)
                    options.isLenient = isLenient
                    _ = try Dataset.read(path, options: options)
                    _ = try Dataset.read(path)
                } catch let error as AnnotationError {
                    #expect(!error.file.isEmpty && error.remedy != nil, "\(comment): \(error)")
                } catch let error as FileError {
                    #expect(!error.path.isEmpty)
                } catch { Issue.record("\(comment): \(error)") }
            }
        }
        for (name, text) in sample.files where !text.isEmpty {
            for count in stride(from: 0, to: text.utf8.count, by: max(1, text.utf8.count / 40)) {
                try folder.write(Data(text.utf8.prefix(count)), to: name)
                tryReading("\(name), the first \(count) bytes")
            }
            var spoilt = Data(text.utf8)
            spoilt[spoilt.count / 2] = 0xFF
            try folder.write(spoilt, to: name)
            tryReading("\(name), a byte spoilt")
            try folder.write(text.data(using: .utf16) ?? Data(), to: name)
            tryReading("\(name), in UTF-16")
            for number in [
                "1e20", "9223372036854775808", "-1e400", "NaN", "0x10", "1e-400", "", "\"7\"", "null", "[]", "{}",
            ] {
                for (from, place) in Self.numbers(in: text).prefix(24) {
                    var hostile = text
                    hostile.replaceSubrange(place, with: number)
                    try folder.write(hostile, to: name)
                    tryReading("\(name), \(number) for \(from)")
                }
            }
            try folder.write(text, to: name)
        }
    }

    /// The runs of digits of a text.
    private static func numbers(in text: String) -> [(text: String, place: Range<String.Index>)] {
        text.ranges(of: /[0-9]+(\.[0-9]+)?/).map { (String(text[$0]), $0) }
    }

    // MARK: What samples hold besides

    private func read(_ name: String) throws -> Dataset {
        let sample = try #require(FormatSample.all.first { $0.name == name })
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        return try Dataset.read(sample.write(to: folder))
    }

    @Test func whatIsIgnoredIsACrowd() throws {
        for (name, expected) in [
            ("VisDrone", [false, true, false]), ("MOT", [false, true, false]), ("CrowdHuman", [false, true]),
            ("COCO panoptic", [false, true]),
        ] { #expect(try read(name).annotations.map(\.isCrowd) == expected, "\(name)") }
    }

    @Test func numbersOfClassesAreKept() throws {
        #expect(try read("VisDrone").categories.map(\.id) == [0, 1, 4])
        #expect(try read("MOT").categories.map(\.id) == [1, 3])
        #expect(try read("SageMaker").categories.map(\.id) == [0, 1])
        #expect(try read("keras-yolo3 of Roboflow").categories.map(\.name) == ["cat", "dog", "never"])
        #expect(try read("COCO panoptic").categories.map(\.id) == [17, 200])
    }

    @Test func fieldsAreKept() throws {
        let dota = try read("DOTA")
        #expect(dota.field("gsd", ofImage: 0) == "0.146")
        #expect(dota.annotations.map(\.isDifficult) == [false, true])
        // A square with diagonals of 20 has half of 20 x 20.
        #expect(dota.annotations[1].area == 200)
        #expect(dota.segmentation(ofAnnotation: 0) == nil)
        #expect(dota.segmentation(ofAnnotation: 1) == .polygons([[50, 40, 60, 50, 50, 60, 40, 50]]))
        let people = try read("CrowdHuman")
        #expect(people.readingFindings.isEmpty)
        #expect(try read("MOT").field("track_id", ofAnnotation: 1) == "7")
        #expect(try read("WIDER FACE").field("blur", ofAnnotation: 1) == "2")
        #expect(try read("SageMaker").field("score", ofAnnotation: 0) == "0.9")
        #expect(try read("CVAT for video").field("track_id", ofAnnotation: 4) == "1")
        #expect(try read("FiftyOne's samples").field("split", ofImage: 0) == "val")
    }

    @Test func whatIsLeftOutIsTold() throws {
        for (name, detail) in [
            ("Datumaro", "label"), ("FiftyOne's samples", "the field predictions"),
            (
                "COCO panoptic",
                "the outlines, since their pictures do not lie in a folder of the file's name beside it"
            ),
        ] {
            let findings = try read(name).readingFindings.filter { $0.first.kind == .contentLeftOut }
            #expect(findings.map(\.first.detail) == [detail], "\(name)")
        }
        #expect(try read("Labelbox").readingFindings.map(\.first.kind) == [.boxFromShape])
    }

    /// The folders of splits that Roboflow makes, in every format that it has.
    @Test func splitsOfRoboflow() throws {
        for split in ["train", "valid"] {
            try folder.write("\(split).jpg 10,20,40,60,0\n", to: "lists/\(split)/_annotations.txt")
            try folder.write("cat\n", to: "lists/\(split)/_classes.txt")
            try folder.write(
                "filename,width,height,class,xmin,ymin,xmax,ymax\n\(split).jpg,100,80,cat,10,20,40,60\n",
                to: "csv/\(split)/_annotations.csv")
            try folder.write(
                #"[{"image": "\#(split).jpg", "annotations": [{"label": "cat", "coordinates": {"x": 25, "y": 40, "width": 30, "height": 40}}]}]"#,
                to: "createml/\(split)/_annotations.createml.json")
            try folder.write(
                #"{"images": [{"id": 0, "file_name": "\#(split).jpg", "width": 100, "height": 80}], "annotations": [{"id": 0, "image_id": 0, "category_id": 1, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0}], "categories": [{"id": 0, "name": "animals"}, {"id": 1, "name": "cat", "supercategory": "animals"}]}"#,
                to: "coco/\(split)/_annotations.coco.json")
            try folder.write(
                "<annotation><filename>\(split).jpg</filename><size><width>100</width><height>80</height></size><object><name>cat</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>",
                to: "voc/\(split)/\(split).xml")
        }
        for kind in ["lists", "csv", "createml", "coco", "voc"] {
            let dataset = try Dataset.read(folder(kind))
            #expect(dataset.images.indices.map { dataset.field("split", ofImage: $0) } == ["train", "val"], "\(kind)")
            #expect(
                dataset.annotations.map(\.box) == Array(repeating: Box(x: 10, y: 20, width: 30, height: 40), count: 2))
            #expect(try Dataset.read(folder(kind), split: "valid").images.count == 1, "\(kind)")
        }
    }

    @Test func framesBeyondReasonAreRefused() throws {
        let track =
            #"<annotations><track id="0" label="a"><box frame="99999999999" outside="0" occluded="0" xtl="1" ytl="1" xbr="2" ybr="2"/></track></annotations>"#
        #expect(
            caught { _ = try Dataset.read(try folder.write(track, to: "a.xml")) }?.problem.contains("frame") == true)
        try folder.write("seqLength=99999999999\nimWidth=10\nimHeight=10\n", to: "s/seqinfo.ini")
        try folder.write("1,1,1,1,2,2,1,1,1\n", to: "s/gt/gt.txt")
        #expect(try Dataset.read(folder("s")).images.count == 1)
    }

    /// Ultralytics' corners: a turned box is a polygon, an upright one is, too.
    @Test func turnedBoxesAsCorners() throws {
        try folder.write("names: [cat]\ntrain: images/train\n", to: "data.yaml")
        try folder.writeImage("images/train/a.png", width: 100, height: 80)
        try folder.write("0 0.5 0.5 0.6 0.625 0.5 0.75 0.4 0.625\n", to: "labels/train/a.txt")
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.annotations.map(\.box) == [Box(x: 40, y: 40, width: 20, height: 20)])
        try dataset.write(to: folder("dota"), format: .dota)
        let back = try Dataset.read(folder("dota"))
        #expect(back.segmentation(ofAnnotation: 0) == .polygons([[50, 40, 60, 50, 50, 60, 40, 50]]))
        try back.write(to: folder("obb"), format: .yoloOBB)
        #expect(
            try folder.text(of: "obb/labels/train/a.txt").split(separator: " ").compactMap {
                Double($0.filter { $0 != "\n" })
            }
                == [0, 0.5, 0.5, 0.6, 0.625, 0.5, 0.75, 0.4, 0.625])
    }
}
