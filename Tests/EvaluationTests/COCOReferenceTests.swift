import Foundation
import NeedletailEvaluation
import NeedletailGeometry
import Testing

/// Bit-for-bit agreement with pycocotools; the fixtures are written by `References/make_cases.py`.
@Suite struct COCOReferenceTests {
    @Test func randomCasesAgreeToTheLastBit() throws {
        let recorded = try RecordedResult.fixture("coco_cases")
        #expect(recorded.count >= 2000)
        let differences = recorded.compactMap { Self.difference($0) }
        #expect(differences.isEmpty, "\(differences.count) cases; first: \(differences.first ?? "")")
        // Should the data have gone dull, agreement would prove nothing.
        #expect(recorded.count { $0.stats[0] > 0 && $0.stats[0] < 1 } > recorded.count / 2)
    }

    /// Classes of some hundred detections in some hundred images, which are sorted and matched in other ways than few.
    @Test func largerCaseAgreesToTheLastBit() throws {
        let recorded = try #require(RecordedResult.fixture("coco_larger").first)
        let data = LargeCase(imageCount: try #require(Int(recorded.name)))
        let evaluator = try data.evaluator()
        #expect(recorded.difference(from: evaluator.metrics(includesTable: true)) == nil)
        #expect(abs(try evaluator.errorAnalysis().averagePrecision - recorded.stats[1]) < 1e-12)

        var atOnce = try COCOEvaluator(categories: data.categoryIDs)
        try atOnce.add(
            imageIDs: data.images.map(\.id), groundTruths: data.images.map(\.groundTruths),
            detections: data.images.flatMap(\.detections),
            starts: data.images.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.detections.count) })
        #expect(atOnce.metrics(includesTable: true).table == evaluator.metrics(includesTable: true).table)
    }

    static let morePath = ProcessInfo.processInfo.environment["NEEDLETAIL_COCO_CASES"]

    @Test(.enabled(if: morePath != nil, "set NEEDLETAIL_COCO_CASES to a file of References/make_cases.py for more"))
    func furtherCasesAgree() throws {
        let recorded = try RecordedResult.read(URL(fileURLWithPath: Self.morePath ?? ""))
        let differences = recorded.compactMap { Self.difference($0) }
        #expect(differences.isEmpty, "\(differences.count) of \(recorded.count); first: \(differences.first ?? "")")
    }

    static let largePath = ProcessInfo.processInfo.environment["NEEDLETAIL_COCO_LARGE"]

    @Test(.enabled(if: largePath != nil, "set NEEDLETAIL_COCO_LARGE to a file of References/make_cases.py --images"))
    func dataOfCOCOSizeAgrees() throws {
        let recorded = try #require(RecordedResult.read(URL(fileURLWithPath: Self.largePath ?? "")).first)
        let data = LargeCase(imageCount: try #require(Int(recorded.name)))
        let clock = ContinuousClock()
        var evaluator = try COCOEvaluator(categories: data.categoryIDs)
        let adding = try clock.measure { evaluator = try data.evaluator() }
        for _ in 0..<3 {
            var result: COCOMetrics?
            let time = clock.measure { result = evaluator.metrics() }
            print("added in \(adding), evaluated in \(time): AP \(result?.stats[0] ?? -1)")
        }
        #expect(recorded.difference(from: evaluator.metrics(includesTable: true)) == nil)
        var analysis: ErrorAnalysis?
        let time = try clock.measure { analysis = try evaluator.errorAnalysis() }
        print("errors analysed in \(time): best F1 \(analysis?.overall.best?.f1 ?? -1)")
        #expect(abs((analysis?.averagePrecision ?? -1) - recorded.stats[1]) < 1e-12)
    }

    @Test func orderOfImagesDoesNotMatter() throws {
        for seed in UInt64(0)..<200 {
            let data = RandomCase(seed: seed)
            let forward = try Self.evaluator(data).metrics(includesTable: true)
            var reversed = data.images
            reversed.reverse()
            let backward = try Self.evaluator(data, images: reversed).metrics(includesTable: true)
            #expect(forward.table == backward.table && forward.stats == backward.stats, "seed \(seed)")
        }
    }

    @Test func repeatedResultsAreIdentical() throws {
        let evaluator = try Self.evaluator(RandomCase(seed: 17))
        #expect(evaluator.metrics(includesTable: true).table == evaluator.metrics(includesTable: true).table)
    }

    @Test(.enabled(if: COCOExample.isPresent, "shared/data/datasets/coco_api_100 is not next to the package"))
    func cocoExampleAgreesToTheLastBit() throws {
        let recorded = try #require(RecordedResult.fixture("coco_api_100").first)
        let result = try COCOExample.evaluator().metrics(includesTable: true)
        #expect(recorded.difference(from: result) == nil)
        #expect(formatted(result.stats) == ".505 .697 .573 .586 .519 .501 .387 .594 .595 .640 .566 .564")
        #expect(result.categories.count == 80)
    }

    private func formatted(_ values: [Double]) -> String {
        values.map { "." + String(String(Int(($0 * 1000).rounded()) + 1000).dropFirst()) }.joined(separator: " ")
    }

    private static func evaluator(_ data: RandomCase, images: [RandomCase.Image]? = nil) throws -> COCOEvaluator {
        var evaluator = try COCOEvaluator(categories: data.categoryIDs, options: data.options)
        for image in images ?? data.images {
            try evaluator.add(imageID: image.id, groundTruths: image.groundTruths, detections: image.detections)
        }
        return evaluator
    }

    private static func difference(_ recorded: RecordedResult) -> String? {
        guard let seed = UInt64(recorded.name) else { return "\(recorded.name) is no seed" }
        do {
            return recorded.difference(from: try evaluator(RandomCase(seed: seed)).metrics(includesTable: true))
        } catch {
            return "\(seed): \(error)"
        }
    }
}

/// COCO's own evaluation example, where the real data lies next to the package.
enum COCOExample {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/data/datasets/coco_api_100")

    static var isPresent: Bool { FileManager.default.fileExists(atPath: directory.path) }

    static func evaluator(_ options: COCOOptions = COCOOptions()) throws -> COCOEvaluator {
        func read<T>(_ name: String, as type: T.Type) throws -> T {
            let data = try Data(contentsOf: directory.appendingPathComponent(name))
            return try #require(try JSONSerialization.jsonObject(with: data) as? T)
        }
        func number(_ value: Any?) throws -> Double { try #require(value as? NSNumber).doubleValue }
        func integer(_ value: Any?) throws -> Int { try #require(value as? NSNumber).intValue }
        func box(_ value: Any?) throws -> Box {
            let sides = try #require(value as? [NSNumber]).map(\.doubleValue)
            return Box(x: sides[0], y: sides[1], width: sides[2], height: sides[3])
        }

        let dataset = try read("instances_val2014_100.json", as: [String: Any].self)
        let results = try read("instances_val2014_fakebbox100_results.json", as: [[String: Any]].self)
        let images = try #require(dataset["images"] as? [[String: Any]])
        let annotations = try #require(dataset["annotations"] as? [[String: Any]])
        let categories = try #require(dataset["categories"] as? [[String: Any]])

        var truths: [Int: [GroundTruth]] = [:]
        for annotation in annotations {
            truths[try integer(annotation["image_id"]), default: []].append(
                GroundTruth(
                    id: try integer(annotation["id"]), box: try box(annotation["bbox"]),
                    categoryID: try integer(annotation["category_id"]), area: try number(annotation["area"]),
                    isCrowd: try integer(annotation["iscrowd"]) == 1))
        }
        var detections: [Int: [Detection]] = [:]
        for result in results {
            detections[try integer(result["image_id"]), default: []].append(
                Detection(
                    box: try box(result["bbox"]), score: try number(result["score"]),
                    categoryID: try integer(result["category_id"])))
        }
        var evaluator = try COCOEvaluator(categories: categories.map { try integer($0["id"]) }, options: options)
        for image in images {
            let id = try integer(image["id"])
            try evaluator.add(imageID: id, groundTruths: truths[id] ?? [], detections: detections[id] ?? [])
        }
        return evaluator
    }
}
