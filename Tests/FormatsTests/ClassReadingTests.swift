import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import ProgramRunner
import Testing

/// Which class an object has where the file does not say so plainly: taken by a rule, and said.
@Suite struct ClassReadingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    // MARK: VIA

    private func via(_ attributes: String..., chosen: String? = nil) throws -> Dataset {
        let regions = attributes.map {
            """
            {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}, "region_attributes": \($0)}
            """
        }
        let path = try folder.write(
            #"{"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [\#(regions.joined(separator: ","))]}}"#,
            to: "via.json")
        var options = ReadingOptions()
        options.classAttribute = chosen
        return try Dataset.read(path, options: options)
    }

    /// VIA does not know sizes.
    private func counts(_ dataset: Dataset) -> [DatasetIssue.Kind: Int] {
        dataset.issueCounts.filter { $0.key != .unknownImageSize }
    }

    private func names(_ dataset: Dataset) -> [String] {
        dataset.annotations.map { dataset.categories[$0.category].name }
    }

    @Test(
        arguments: [
            // The only one, whatever it is called; numbers and check boxes too.
            (#"{"Tier": "cat"}"#, "cat", nil), (#"{"x": 5}"#, "5", nil), (#"{"x": {"a": false, "b": true}}"#, "b", nil),
            // One with a name that means class, in any writing, among others that do not.
            (#"{"colour": "red", "Class": "cat"}"#, "cat", nil),
            (#"{"colour": "red", "object_name": "cat"}"#, "cat", nil),
            (#"{"colour": "red", "score": 0.5, "Labels": "cat"}"#, "cat", nil),
            // Several that may be meant.
            (#"{"name": "n1", "categories": "phone"}"#, "phone", "categories is taken, not name"),
            (#"{"type": "t", "label": "l", "class_name": "c"}"#, "c", "class_name is taken, not label or type"),
            (#"{"colour": "red", "animal": "cat"}"#, "red", "colour is taken, not animal"),
        ] as [(String, String, String?)])
    func attributesByTheRule(_ attributes: String, _ name: String, _ remark: String?) throws {
        let dataset = try via(attributes)
        #expect(names(dataset) == [name])
        #expect(dataset.issues.first { $0.kind == .classAttribute }?.detail == remark)
        #expect(counts(dataset) == (remark == nil ? [:] : [.classAttribute: 1]))
    }

    @Test func anEmptyNameIsNone() throws {
        let files = [
            (
                "labelme/a.json",
                #"{"imagePath": "a.jpg", "shapes": [{"label": "", "shape_type": "rectangle", "points": [[1, 2], [3, 4]]}]}"#
            ),
            (
                "cvat.xml",
                #"<annotations><image name="a.jpg"><box label="" xtl="1" ytl="2" xbr="3" ybr="4"/></image></annotations>"#
            ),
            (
                "createml.json",
                #"[{"image": "a.jpg", "annotations": [{"label": " ", "coordinates": {"x": 5, "y": 5, "width": 2, "height": 2}}]}]"#
            ),
            ("retinanet.csv", "a.jpg,1,2,3,4,\n"),
        ]
        for (name, text) in files {
            _ = try folder.write(text, to: name)
            let first = name.split(separator: "/")[0]
            let dataset = try Dataset.read(
                "\(folder.path)/\(first)", format: first == "retinanet.csv" ? .retinanet : nil)
            #expect(Set(names(dataset)) == ["object"], "\(name)")
            #expect(counts(dataset)[.missingClass] == dataset.annotations.count, "\(name)")
        }
    }

    @Test func severalAnnotatorsOfLabelStudio() throws {
        func annotation(_ x: Int, _ more: String = "") -> String {
            """
            {"result": [{"type": "rectanglelabels", "original_width": 100, "original_height": 100, "value":
            {"x": \(x), "y": 2, "width": 3, "height": 4, "rectanglelabels": ["cat"]}}]\(more)}
            """
        }
        func read(_ annotations: String...) throws -> Dataset {
            let list = annotations.joined(separator: ",")
            return try Dataset.read(
                folder.write(#"[{"id": 1, "data": {"image": "a.jpg"}, "annotations": [\#(list)]}]"#, to: "ls.json"))
        }
        let both = try read(annotation(1), annotation(5), annotation(7, #", "was_cancelled": true"#))
        #expect(both.annotations.map(\.box.x) == [1, 5])
        #expect(both.issueCounts == [.severalAnnotators: 1, .contentLeftOut: 1])
        let truth = try read(annotation(1), annotation(5, #", "ground_truth": true"#), annotation(7))
        #expect(truth.annotations.map(\.box.x) == [5])
        #expect(truth.issueCounts == [.contentLeftOut: 2])
        #expect(try read(annotation(1)).issueCounts.isEmpty)
    }

    @Test func theRuleIsOneForTheFile() throws {
        // A region that lacks the one has another of these names; one without any is called object.
        let dataset = try via(
            #"{"class": "a", "label": "b"}"#, #"{"class": "", "label": "c"}"#, #"{"label": ""}"#, "{}")
        #expect(names(dataset) == ["a", "c", "object", "object"])
        #expect(counts(dataset) == [.classAttribute: 1, .missingClass: 2])
        #expect(try names(via(#"{"colour": "red"}"#, #"{"animal": "cat"}"#)) == ["red", "object"])
    }

    @Test func aChosenAttributeCounts() throws {
        let dataset = try via(#"{"colour": "red", "class": "cat"}"#, #"{"class": "dog"}"#, chosen: "colour")
        #expect(names(dataset) == ["red", "object"])
        #expect(counts(dataset) == [.missingClass: 1])
        let error = caught { _ = try via(#"{"class": "dog"}"#, chosen: "animal") }
        #expect(error?.problem == "no region has the attribute animal")
        #expect(error?.remedy?.pieces.contains(.setting(.classAttribute)) == true)
    }

    @Test func severalAndNone() throws {
        let dataset = try via(#"{"type": {"cat": true, "dog": true, "cow": false}}"#, #"{"type": {"cat": false}}"#)
        #expect(names(dataset) == ["cat", "object"])
        #expect(dataset.issues.compactMap(\.detail) == ["cat, dog", "no value of type"])
        #expect(dataset.lossesOnReading.map(\.count) == [1])
    }

    /// A class that has got another name is written under it.
    @Test func renamedClassesAreWritten() throws {
        let dataset = try via(#"{"class": "cat", "colour": "red"}"#)
        var category = dataset.categories[0]
        category.name = "tiger"
        let renamed = dataset.mappingCategories(to: [category], rows: [0])
        try renamed.write(to: folder.path + "/out.json", format: .via)
        var options = ReadingOptions()
        options.usesSidecar = false
        #expect(names(try Dataset.read(folder.path + "/out.json", options: options)) == ["tiger"])
    }

    // MARK: COCO

    private func coco(_ categories: String, isLenient: Bool = false) throws -> Dataset {
        try Dataset.read(
            try folder.write(
                """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}], \(categories)
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 30, 40]},
                  {"id": 2, "image_id": 1, "category_id": "dog", "bbox": [1, 2, 30, 4]},
                  {"id": 3, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 40]}]}
                """), isLenient: isLenient)
    }

    /// Without a list of categories they are called by their ids.
    @Test(arguments: ["", #""categories": [],"#, #""categories": null,"#]) func categoriesThatAreNotListed(
        _ list: String
    ) throws {
        let dataset = try coco(list)
        #expect(dataset.categories.map(\.id) == [3, 7, "dog"])
        #expect(dataset.categories.map(\.name) == ["3", "7", "dog"])
        #expect(dataset.annotations.map(\.category) == [1, 2, 0])
        #expect(dataset.issueCounts == [.unnamedCategory: 3])
        try dataset.write(to: folder.path + "/out.json")
        #expect(try Dataset.read(folder.path + "/out.json").issueCounts == [:])
    }

    @Test func categoriesThatTheListLacks() throws {
        let list = #""categories": [{"id": 7, "name": "cat"}, {"id": 3}],"#
        #expect(caught { _ = try coco(list) }?.kind == .unknownReference)
        let dataset = try coco(list, isLenient: true)
        #expect(dataset.categories.map(\.name) == ["cat", "3", "dog"])
        #expect(dataset.annotations.count == 3 && dataset.refusals.isEmpty)
        #expect(dataset.issueCounts == [.unnamedCategory: 1, .unknownCategory: 1])
    }

    // MARK: Tables

    /// A box is no less a box where its class is left out; a row without both is an image.
    @Test func boxesWithoutAClass() throws {
        let path = try folder.write(
            "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,100,80,,1,2,30,40\na.jpg,100,80,cat,1,2,30,40\n"
                + "b.jpg,100,80,,,,,\n", to: "a.csv")
        let dataset = try Dataset.read(path)
        #expect(names(dataset) == ["object", "cat"])
        #expect(dataset.images.count == 2)
        #expect(dataset.issueCounts == [.missingClass: 1])
    }

    // MARK: YOLO

    private func yolo(_ names: String, isLenient: Bool = false) throws -> Dataset {
        _ = try folder.write(names, to: "d/classes.txt")
        _ = try folder.write("0 0.5 0.5 0.2 0.2\n3 0.5 0.5 0.4 0.4\n", to: "d/labels/x.txt")
        _ = try folder.write("", to: "d/images/x.jpg")
        return try Dataset.read(
            try sized("d"), isLenient: isLenient)
    }

    /// Sizes come from an image's header.
    private func sized(_ name: String) throws -> String {
        let pixels = [UInt8](repeating: 90, count: 8000)
        _ = try folder.write(
            Data(try Image(width: 100, height: 80, format: .gray, bytes: pixels).pngBytes()), to: "\(name)/images/x.jpg"
        )
        return folder.path + "/" + name
    }

    @Test func classNumbersWithoutAName() throws {
        let error = caught { _ = try yolo("cat\ndog\n") }
        #expect(error?.line == 2)
        #expect(error?.problem == "the class 3 has no name: \(folder.path)/d/classes.txt names the classes 0 to 1")
        #expect(error?.remedy?.description.contains("Add its name there") == true)
        let dataset = try yolo("cat\ndog\n", isLenient: true)
        #expect(dataset.categories.map(\.name) == ["cat", "dog", "3"])
        #expect(dataset.categories.map(\.id) == [0, 1, 3])
        #expect(dataset.issueCounts == [.unknownCategory: 1])
        let nameless = try yolo("")
        #expect(nameless.categories.map(\.name) == ["0", "3"])
        #expect(nameless.issueCounts == [.unnamedCategory: 2])
    }
}
