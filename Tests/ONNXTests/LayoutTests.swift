import Foundation
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailONNX
import ReferenceFormula
import Testing

/// Kinds of detectors whose files say nothing but numbers: what they mean is what their documents say.
@Suite struct LayoutTests {
    private let pool = ThreadPool(threadCount: 1)

    @Test(arguments: ["yolov5", "nanodet", "mmdeploy", "d-fine", "detr", "tensorflow"])
    func isReadAsDocumented(_ name: String) throws {
        let wanted = try Fixture("Layouts/\(name)", in: .module)
        let file = try #require(Bundle.module.url(forResource: "Fixtures/Layouts/\(name)", withExtension: "onnx"))
        let classNames = ["cat", "dog"]
        // TensorFlow's files do not name their classes.
        let detector = try ONNXDetector(
            contentsOf: file.path, options: .init(classNames: name == "tensorflow" ? classNames : nil), pool: pool)
        #expect(detector.name == name)
        detector.postProcessing.scoreThreshold = 0.02
        let (width, height) = (wanted["width"].int, wanted["height"].int)
        let image = Image(
            width: width, height: height, bytes: (0..<width * height).flatMap { _ in [200, 100, 50] as [UInt8] })
        let found = try detector.detections(in: [image], originalSizes: nil, pool: pool)[0]
        // What runs beside it finds the same.
        let replica = try #require(detector.replica())
        #expect(try replica.detections(in: [image], originalSizes: nil, pool: pool)[0] == found)
        #expect(replica.planMemorySize == detector.planMemorySize)
        let expected = wanted["detections"].elements
        try #require(found.count == expected.count, "\(found)")
        for (one, other) in zip(found, expected) {
            #expect(abs(Double(one.score) - other["score"].double) < 1e-4, "\(one.score), \(other["score"].float)")
            #expect(one.categoryName == classNames[other["class"].int])
            // Boxes end where the photograph does.
            let box = other["box"].doubles
            let corners = [
                max(box[0], 0), max(box[1], 0), min(box[2], Double(width)), min(box[3], Double(height)),
            ]
            for (side, value) in zip([one.box.x, one.box.y, one.box.x2, one.box.y2], corners) {
                #expect(abs(side - value) < 1e-2, "\(one.box), \(corners)")
            }
        }
    }
}
