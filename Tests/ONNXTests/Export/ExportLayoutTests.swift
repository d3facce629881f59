import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import Testing

/// What files say of detectors and classifiers.
@Suite struct ExportLayoutTests {
    private static func export(_ index: Int, _ options: ONNXExport.Options) throws -> ONNXExport {
        try ONNXExport(ExportModels.detectors[index].detector, options: options)
    }

    /// Maps of 8x12, 4x6, 2x3, 1x2 and 1x1 cells with nine anchors, or one.
    @Test func outputsOfDetectors() throws {
        let size = Extent(height: 64, width: 96)
        let cells = 96 + 24 + 6 + 2 + 1
        for (index, boxes) in [(0, 9 * cells), (1, 9 * cells), (2, cells), (3, 96 + 24 + 6)] {
            let yolo = try Self.export(index, .init(size: size))
            #expect(yolo.input == "images [1, 3, 64, 96]" && yolo.outputs == ["output0 [1, 7, \(boxes)]"])
        }
        #expect(try Self.export(0, .init(layout: .nms)).outputs == ["output0 [1, 300, 6]"])
        #expect(
            try Self.export(2, .init(layout: .modelAPI)).outputs == ["boxes [1, 100, 5]", "labels [1, 100]"])
        let open = try Self.export(3, .init(isDynamic: true))
        #expect(open.input == "images [batch, 3, height, width]" && open.outputs == ["output0 [batch, 7, boxes]"])
        // Suppression is that of one image.
        #expect(try Self.export(3, .init(layout: .nms, isDynamic: true)).input == "images [1, 3, height, width]")
    }

    /// Classes are the detector's, in the order of their indices; outputs that no category has are left out.
    @Test func classesAndMetadata() throws {
        var configuration = ExportModels.detectors[0].detector.configuration
        configuration.categories = [
            .init(id: 7, name: "driver's \\ cap", classIndex: 4), .init(id: 3, name: "née", classIndex: 1),
        ]
        let export = try ONNXExport(DenseDetector(configuration))
        #expect(export.classes == ["née", "driver's \\ cap"] && export.outputs[0].hasPrefix("output0 [1, 6, "))
        let model = export.model
        #expect(model[metadata: "names"] == #"{0: 'née', 1: 'driver\'s \\ cap'}"#)
        #expect(model[metadata: "task"] == "detect" && model[metadata: "stride"] == "32")
        #expect(model[metadata: "imgsz"] == "[96, 96]" && model[metadata: "batch"] == "1")
        let kept = try #require(model.graph.nodes.last { $0.kind == "Gather" })
        let places = try #require(model.graph.initializers.first { $0.name == kept.inputs[1] })
        #expect(try places.integers() == [1, 4])
        let api = try ONNXExport(DenseDetector(configuration), options: .init(layout: .modelAPI)).model
        #expect(api[metadata: "model_info labels"] == #"née driver's_\_cap"#)
        #expect(api[metadata: "model_info model_type"] == "SSD")
    }

    /// Blue first, 0 to 255: rows of 255 from the third colour to the first.
    @Test func colorsAreInside() throws {
        let model = try Self.export(3, .init(layout: .raw)).model
        let weight = try #require(model.graph.initializers.first { $0.name == "normalization.weight" })
        #expect(weight.shape == [3, 3, 1, 1])
        let values = try weight.floats()
        for (place, value) in values.enumerated() {
            #expect(abs(value - (place / 3 + place % 3 == 2 ? 255 : 0)) < 1e-4)
        }
        let offsets = try #require(model.graph.initializers.first { $0.name == "normalization.bias" })
        #expect(try offsets.floats().allSatisfy { $0 == 0 })
    }

    /// A map of 2x3 cells of 32 pixels has its places at multiples of them.
    @Test func placesAreInPixels() throws {
        let model = try Self.export(3, .init(size: Extent(height: 64, width: 96))).model
        let places = try #require(model.graph.initializers.first { $0.name == "decoding.p5/centers" })
        #expect(places.shape == [1, 1, 2, 6])
        #expect(try places.floats() == [0, 32, 64, 0, 32, 64, 0, 0, 0, 32, 32, 32])
    }

    @Test func companions() throws {
        let files = try Self.export(3, .init()).companions(of: "some/cells.onnx")
        #expect(files.map(\.path) == ["some/cells.labels.txt", "some/cells.frigate.yml", "some/cells.py"])
        #expect(files[0].text == "class 1\nclass 2\nclass 3\n")
        #expect(files[1].text.contains("width: 64\n") && files[1].text.contains("/cells.onnx"))
        #expect(files[2].text.contains("'cells.onnx'"))
        #expect(try Self.export(3, .init(layout: .raw)).companions(of: "a.onnx").map(\.path) == ["a.labels.txt"])
    }

    @Test func classifiers() throws {
        let classifier = Classifier(
            .init(name: "lenet5")!, classCount: 10, inputTransform: .published(.init(name: "lenet5")!))
        let export = try ONNXExport(classifier)
        #expect(export.input == "images [1, 1, 28, 28]" && export.outputs == ["output0 [1, 10]"])
        #expect(export.model[metadata: "task"] == "classify" && export.model[metadata: "channels"] == "1")
        #expect(export.model.graph.nodes.suffix(2).map(\.kind) == ["Softmax", "Identity"])
        #expect(try ONNXExport(classifier, options: .init(layout: .raw)).outputs == ["logits [1, 10]"])
        // A layer that reads the whole map leaves the number of images open alone.
        #expect(try ONNXExport(classifier, options: .init(isDynamic: true)).input == "images [batch, 1, 28, 28]")
        let error = #expect(throws: ONNXError.self) { try ONNXExport(classifier, options: .init(layout: .nms)) }
        #expect(error?.description.contains("no boxes") ?? false)
    }

    @Test func sizesThatDoNotFit() throws {
        let error = #expect(throws: ONNXError.self) {
            try Self.export(3, .init(size: Extent(height: 100, width: 64)))
        }
        #expect(error?.description.contains("multiples of 32") ?? false)
        #expect(error?.description.contains("96x64") ?? false)
    }
}
