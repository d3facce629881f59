import Foundation
import NeedletailDatasets
import NeedletailEvaluation
import NeedletailImages
import NeedletailReports
import Testing

struct ClassificationPageTests {
    /// Three pictures of two classes, one of them taken for the other; a name that is markup.
    static func evaluation() -> ClassificationEvaluation {
        let array = PictureArray(width: 4, height: 4, format: .gray, count: 3, bytes: (0..<48).map { UInt8($0 * 5) })
        let classes = ["<cat>", "dog"]
        let dataset = ClassificationDataset(
            path: "pets & co", classes: classes,
            items: [0, 0, 1].enumerated().map { .init(name: "p \($0)", source: .array(array, $0), labels: [$1]) })
        var metrics = ClassificationMetrics(classes: classes)
        let probabilities: [[Float]] = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]
        var pictures: [ClassifiedPicture] = []
        for (row, numbers) in probabilities.enumerated() {
            metrics.add(numbers, labels: dataset.items[row].labels)
            pictures.append(
                ClassifiedPicture(
                    name: dataset.items[row].name, row: row, labels: dataset.items[row].labels, probabilities: numbers))
        }
        return ClassificationEvaluation(
            dataset: dataset, classifierPath: "best.safetensors", pictures: pictures, metrics: metrics)
    }

    static let history = TrainingHistory(
        epochs: [(1.0, 0.9), (0.8, 0.7), (0.6, 0.8), (0.4, 0.9)].enumerated().map { index, losses in
            .init(
                number: index + 1, losses: [.init("Classification", losses.0)], validationLoss: losses.1,
                learningRate: 0.1, metrics: [.init("accuracy", 0.5 + Double(index) / 10)])
        })

    @Test func pageHoldsEverySection() throws {
        let html = ClassificationPage(Self.evaluation(), history: Self.history).html()
        let page = try expectWellFormed(html)
        #expect(
            page.elements("h2").map(\.text) == [
                "Read the numbers with care", "Training", "Classes", "Confusion", "Calibration",
                "The most confident mistakes",
            ])
        // Two of three are right.
        #expect(page.elements("ul", class: "tiles").first?.text.contains("0.667") == true)
        #expect(html.contains("&lt;cat&gt;") && !html.contains("<cat>"))
        #expect(page.elements("image").count == 1)
        #expect(page.elements("figcaption").contains { $0.text.contains("dog 0.80, is <cat>") })
        #expect(html.contains("lowest after epoch 2 (0.7000)"))
        #expect(page.elements("polyline").allSatisfy { !($0.attributes["points"] ?? "").contains("nan") })
    }

    @Test func numbersForMachines() throws {
        let data = try JSONEncoder().encode(ClassificationDocument(Self.evaluation()))
        let document = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(document["confusion"] as? [[Int]] == [[1, 1], [0, 1]])
        #expect((document["mistakes"] as? [[String: Any]])?.first?["file"] as? String == "p 1")
        #expect(abs((document["zeroOneLoss"] as? Double ?? 0) - 1.0 / 3) < 1e-12)
    }
}
