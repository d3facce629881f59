import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import ProgramRunner
import ReferenceFormula
import Testing

/// What exported files compute by the definitions of ONNX's operators is what the networks compute.
@Suite struct ExportRoundTripTests {
    private let pool = ThreadPool(threadCount: 1)

    private func network(_ export: ONNXExport) throws -> ONNXNetwork {
        let folder = try TemporaryFolder()
        try export.write(to: folder.path + "/model.onnx")
        let network = try ONNXNetwork(contentsOf: folder.path + "/model.onnx")
        network.plansNothing = true
        return network
    }

    private func check(_ reference: ExportReference, _ name: String) throws {
        let results = try network(reference.export).run(
            ["images": ONNXTensor(reference.pixels.values, shape: reference.pixels.shape)], pool: pool)
        for output in reference.outputs {
            let result = try #require(results[output.name], "\(name): \(output.name)")
            #expect(result.shape == output.shape, "\(name): \(output.name)")
            let scale = max(output.values.map(abs).max() ?? 0, 1e-6)
            let worst = zip(result.floats, output.values).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= 1e-4 * scale, "\(name): \(output.name) is off by \(worst) of \(scale)")
        }
    }

    @Test(arguments: ExportCase.all + ExportCase.open) func operators(_ example: ExportCase) throws {
        for opset in [13, 17, 21] {
            var example = example
            example.options.opset = opset
            try check(try ExportReference(example), example.testDescription)
        }
    }

    @Test(arguments: 0..<4) func outputsOfDetectors(_ index: Int) throws {
        let (name, detector) = ExportModels.detectors[index]
        let export = try ONNXExport(detector, options: .init(layout: .raw, size: 64))
        try check(try ExportReference(detector, export, name: name), name)
    }

    /// Decoding and suppression inside the file find what the detector finds in an image that fills its input.
    @Test(arguments: 0..<4, [false, true]) func boxes(_ index: Int, isDynamic: Bool) throws {
        let (name, detector) = ExportModels.detectors[index]
        let image = Image(
            width: 64, height: 64, format: .rgb, bytes: Formula.image("boxes", width: 64, height: 64))
        let found = try detector.detections(in: image, pool: pool)
        let export = try ONNXExport(detector, options: .init(layout: .nms, isDynamic: isDynamic, size: 64))
        let pixels = (0..<3).flatMap { channel in
            (0..<64 * 64).map { Float(Formula.image("boxes", width: 64, height: 64)[3 * $0 + channel]) / 255 }
        }
        let results = try network(export).run(["images": ONNXTensor(pixels, shape: [1, 3, 64, 64])], pool: pool)
        let rows = try #require(results["output0"]?.floats)
        #expect(!found.isEmpty, "\(name) finds nothing")
        // Of nearly equal scores either may come first, so that only the clear ones are told apart.
        for (place, detection) in found.prefix(20).enumerated() {
            let row = Array(rows[6 * place..<6 * place + 6])
            #expect(abs(Double(row[4]) - detection.score) < 1e-4, "\(name), row \(place)")
            let near = (0..<rows.count / 6).contains { other in
                let row = rows[6 * other..<6 * other + 6].map { Double($0) }
                let corners = [
                    detection.box.x, detection.box.y, detection.box.x + detection.box.width,
                    detection.box.y + detection.box.height,
                ]
                return Int(row[5]) == detection.categoryID / 10 - 1 && abs(row[4] - detection.score) < 1e-4
                    && zip(row, corners).allSatisfy { abs($0 - $1) < 1e-2 }
            }
            #expect(near, "\(name): \(detection) is missing")
        }
    }
}
