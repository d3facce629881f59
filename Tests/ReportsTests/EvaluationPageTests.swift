import Foundation
import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import NeedletailReports
import NeedletailSystem
import ProgramRunner
import Testing

struct EvaluationPageTests {
    @Test func pageHoldsEverySection() throws {
        let html = try EvaluationPage(SmallCase.halfFound.evaluation()).html()
        let page = try expectWellFormed(html)
        let headings = page.elements("h2").map(\.text)
        for heading in [
            "What to do next", "Precision, recall and confidence", "Where precision is lost", "By size of the objects",
            "Classes", "Confusion", "The worst images",
        ] {
            #expect(headings.contains(heading))
        }
        let tiles = page.elements("ul", class: "tiles").first?.text ?? ""
        // 51 / 101 and 2 / 3, as EvaluationDocumentTests works them out.
        #expect(tiles.contains("0.505") && tiles.contains("0.667"))
        #expect(html.contains("prefers-color-scheme: dark"))
        #expect(page.elements("polyline").count == 4 + 3)
        #expect(page.elements("polyline").allSatisfy { !($0.attributes["points"] ?? "").contains("nan") })
        let rows = page.elements("table", class: "sortable").first?.text ?? ""
        #expect(rows.contains("cat") && rows.contains("dog"))
    }

    /// Cats: one of two found, with a false alarm before it and one after; no dog is found.
    @Test func everyClassHasItsCurve() throws {
        let page = try expectWellFormed(EvaluationPage(SmallCase.confused.evaluation()).html())
        let charts = page.elements("svg").filter {
            $0.attributes["aria-label"]?.contains("precision over recall") == true
        }
        #expect(
            charts.map { $0.attributes["aria-label"] } == [
                "cat: precision over recall; AP 0.252, AP50 0.252", "dog: precision over recall; AP 0.000, AP50 0.000",
            ])
        // At IoU 0.5, 0.75 and their mean; 51 recalls are reached, at precision 1/2: 30 + 0.5 * 164 from the left.
        let lines = page.elements("polyline").suffix(6).map { $0.attributes["points"] ?? "" }
        #expect(lines[0].split(separator: " ").count == 51)
        #expect(lines[0].hasPrefix("30.0,67.0 ") && lines[0].hasSuffix(" 112.0,67.0"))
        #expect(lines[1] == lines[0] && lines[2] == lines[0] && lines.suffix(3).allSatisfy(\.isEmpty))
    }

    @Test func boxesDifferInLineStyleToo() throws {
        var data = SmallCase()
        data.object(1, 1, 10, 10)
        data.object(1, 1, 200, 100)
        data.detection(1, 1, 10, 10, score: 0.9)
        data.detection(1, 1, 300, 200, score: 0.95)
        let html = try EvaluationPage(data.evaluation()).html()
        let page = try expectWellFormed(html)
        func box(_ kind: String) throws -> [String: String] {
            let boxes = page.elements("rect", class: kind)
            #expect(boxes.count == 1)
            return try #require(boxes.first).attributes
        }
        #expect(try box("right")["x"] == "10.0")
        #expect(try box("wrong")["x"] == "300.0")
        #expect(try box("missed")["x"] == "200.0")
        let style = try #require(page.elements("style").first).text
        func line(_ kind: String) -> Substring? {
            style.split(separator: "\n").first { $0.contains(".\(kind) { stroke") }
        }
        #expect(line("right")?.contains("dasharray") == false)
        #expect(line("wrong")?.contains("dasharray: 9 5") == true)
        #expect(line("missed")?.contains("dasharray: 0.1 6") == true)
        #expect(page.elements("summary").contains { $0.text.contains("box by box") })
        #expect(page.elements("li").contains { $0.text.hasPrefix("Wrong: cat 0.95") })
        #expect(page.elements("figcaption").contains { $0.text.contains("picture not available") })
    }

    /// A wrong box lies over the right one with gaps in its line, and the right one has its label.
    @Test func aWrongBoxHidesNoRightOne() throws {
        var data = SmallCase()
        data.object(1, 1, 10, 10)
        data.object(1, 1, 200, 100)
        data.detection(1, 1, 10, 10, score: 0.9)
        data.detection(1, 1, 11, 11, score: 0.8)
        // F1 is best where this one counts, and so does the second of the same object.
        data.detection(1, 1, 200, 100, score: 0.5)
        let page = try expectWellFormed(try EvaluationPage(data.evaluation()).html())
        let kinds = page.elements("rect").compactMap { $0.attributes["class"] }.filter {
            ["halo", "right", "wrong"].contains($0)
        }
        #expect(kinds == ["halo", "halo", "halo", "right", "right", "wrong"])
        #expect(page.elements("text", class: "right-label").map(\.text) == ["cat 0.90", "cat 0.50"])
        #expect(page.elements("text", class: "wrong-label").map(\.text) == ["cat 0.80"])
    }

    static let hostileNames = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "a & b", "'; }</style><b>", "]]>", "<!--",
        "\u{0}\u{8}bell\u{7}", "\u{202E}reversed", "&#x3C;", "naïve 猫 🐈", "",
    ]

    @Test(arguments: hostileNames) func namesCannotBreakThePage(_ name: String) throws {
        var data = SmallCase.halfFound
        data.names = [name, "dog"]
        data.imageNames = [name + ".jpg", name]
        data.object(1, 2, 200, 200)
        data.detection(1, 1, 200, 200, score: 0.95)
        let plain = try expectWellFormed(EvaluationPage(SmallCase.confused.evaluation()).html())
        let page = try expectWellFormed(EvaluationPage(data.evaluation(), options: .init(title: name)).html())
        // Names are text: the page has the elements that it has with plain names.
        #expect(page.elements.map(\.name) == plain.elements.map(\.name))
        if !name.unicodeScalars.contains(where: { $0.value < 32 || (0x202A...0x202E).contains($0.value) }) {
            #expect(page.elements("th").contains { $0.text == name })
        }
        #expect(page.elements.allSatisfy { element in !element.attributes.keys.contains { $0.hasPrefix("on") } })
    }

    @Test func picturesAreEmbeddedSmall() throws {
        let folder = try TemporaryFolder()
        var noise = Image(width: 1500, height: 900, filledWith: Color(0x4080C0))
        noise.withUnsafeMutableBytes { bytes in
            for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: i &* 2_654_435_761 >> 13) }
        }
        try noise.writeJPEG(to: folder.path + "/two.jpg")
        let dataset = """
            {"images": [{"id": 1, "file_name": "one.jpg", "width": 1500, "height": 900},
                        {"id": 2, "file_name": "two.jpg", "width": 1500, "height": 900}],
             "categories": [{"id": 1, "name": "cat"}],
             "annotations": [{"id": 1, "image_id": 2, "category_id": 1, "bbox": [100, 100, 700, 600]}]}
            """
        var read = try Dataset.read(folder.write(dataset, to: "truth.json"))
        read.imageFolder = folder.path
        let results = COCOResults([
            .init(
                imageID: 1, detection: Detection(box: Box(x: 0, y: 0, width: 9, height: 9), score: 0.1, categoryID: 1))
        ])
        let input = try EvaluationInput(dataset: read, results: results, detectionsPath: "found.json")
        let path = folder.path + "/report.html"
        try EvaluationPage(DetectionEvaluation(input), options: .init(pictureSide: 300)).write(to: path)
        let page = try expectWellFormed(String(contentsOfFile: path, encoding: .utf8))
        let picture = try #require(page.elements("image").first)
        let encoded = try #require(picture.attributes["href"]?.split(separator: ",").last)
        let image = try Image(bytes: [UInt8](try #require(Data(base64Encoded: String(encoded)))))
        #expect(image.width == 300 && image.height == 180)
        // Boxes keep the coordinates of the image itself.
        #expect(picture.attributes["width"] == "1500")
        #expect(page.elements("rect", class: "missed").first?.attributes["width"] == "700.0")
    }

    @Test func pageWithoutAnythingFound() throws {
        var data = SmallCase.halfFound
        data.entries = []
        let evaluation = try DetectionEvaluation(data.input(isLenient: true))
        let page = try expectWellFormed(EvaluationPage(evaluation).html())
        #expect(page.elements("li").contains { $0.text.contains("there are no detections") })
        #expect(page.elements("rect", class: "missed").count == 2)
    }

    @Test func pageThatCannotBeWrittenIsAnError() throws {
        let evaluation = try SmallCase.halfFound.evaluation()
        #expect(throws: FileError.self) { try EvaluationPage(evaluation).write(to: "/nowhere/at/all/report.html") }
    }

    @Test func comparisonHasItsSection() throws {
        var better = SmallCase.halfFound
        better.detection(2, 1, 100, 100, score: 0.85)
        let evaluation = try SmallCase.halfFound.evaluation()
        let comparison = EvaluationComparison(evaluation, with: try better.evaluation())
        let page = try expectWellFormed(EvaluationPage(evaluation, comparison: comparison).html())
        #expect(page.elements("tr").contains { $0.text == "AP1.0000.505-0.495" })
    }

    @Test func ofManyClassesTheMostConfusedAreShown() throws {
        var data = SmallCase()
        data.names = (1...30).map { "class \($0)" }
        for k in 1...30 {
            data.object(1, k, Double(k * 10), 10)
            data.detection(1, k, Double(k * 10), 10, score: 0.9)
        }
        data.object(2, 29, 100, 100)
        data.detection(2, 30, 100, 100, score: 0.9)
        let page = try expectWellFormed(EvaluationPage(data.evaluation()).html())
        // Once among the classes; in the matrix at its row and at its column.
        func count(_ name: String) -> Int { page.elements("th").count { $0.text == name } }
        #expect(count("class 29") == 3 && count("class 30") == 3)
        #expect(count("class 20") == 1)
        #expect(page.elements("div", class: "tall").count == 1)
    }
}

extension SmallCase {
    /// ``halfFound`` with a dog that is taken for a cat.
    static var confused: SmallCase {
        var data = SmallCase.halfFound
        data.object(1, 2, 200, 200)
        data.detection(1, 1, 200, 200, score: 0.95)
        return data
    }
}
