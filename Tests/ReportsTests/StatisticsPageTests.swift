import NeedletailCuration
import NeedletailDatasets
import NeedletailGeometry
import NeedletailReports
import Testing

/// The page about a dataset: well-formed, complete, closed.
@Suite struct StatisticsPageTests {
    private func page(_ dataset: Dataset, name: String = "cells.json") -> ParsedPage {
        ParsedPage(StatisticsPage(DatasetStatistics(dataset), name: name).html())
    }

    static let dataset = Dataset(
        images: [ImageRecord(id: 1, fileName: "a", width: 100, height: 50)],
        categories: [Category(id: 1, name: "<b>cat</b>"), Category(id: 2, name: "dog")],
        annotations: [
            Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 16, height: 16)),
            Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 60, height: 16)),
            Annotation(image: 0, category: 1, box: Box(x: 10, y: 10, width: 9, height: 8)),
        ])

    @Test func holdsEverySection() {
        let page = page(Self.dataset, name: "a & b.json")
        #expect(page.error == nil)
        #expect(
            page.elements("h2").map(\.text) == [
                "Classes", "Boxes", "Suggested anchors", "Images", "Classes in the same images",
            ])
        #expect(page.elements("h1").count == 1)
        #expect(page.elements("title").first?.text == "Dataset: a & b.json")
        // Of eleven shapes: all bars together are the boxes.
        let charts = page.elements("svg").compactMap { $0.attributes["aria-label"] }
        #expect(charts.contains { $0.hasPrefix("Shapes: boxes by width over height. The most, 2 of 3") })
        #expect(charts.contains { $0.hasPrefix("Boxes an image: images by boxes. The most, 1 of 1, at 3–4") })
        #expect(page.elements("rect", class: "heat").count == 3)
        #expect(page.elements("b").allSatisfy { $0.text != "cat" }, "names are text, not markup")
        #expect(page.elements("th").contains { $0.text == "<b>cat</b>" })
    }

    @Test func loadsNothing() {
        let html = StatisticsPage(DatasetStatistics(Self.dataset), name: "x").html()
        for reach in ["http:", "https:", " src=", " href=", "url("] { #expect(!html.contains(reach), "\(reach)") }
        #expect(html.contains("default-src &#39;none&#39;"))
        #expect(html.contains("prefers-color-scheme: dark"))
    }

    @Test func emptyDatasetsHaveAPageToo() {
        let page = page(Dataset(images: [], categories: [], annotations: []))
        #expect(page.error == nil)
        #expect(page.elements("h2").map(\.text) == ["Classes", "Boxes", "Images"])
        #expect(page.elements("svg").allSatisfy { !($0.text.contains("nan") || $0.text.contains("inf")) })
    }
}
