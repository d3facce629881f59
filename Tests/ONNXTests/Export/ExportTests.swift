import Foundation
import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import ProgramRunner
import Testing

/// Networks as ONNX has them.
@Suite struct ExportTests {
    private func kinds(_ export: ONNXExport) -> [String] { export.model.graph.nodes.map(\.kind) }

    /// Cases of graphs and of models, which are written for `References/export_numbers.py` where
    /// `NEEDLETAIL_ONNX_CASES` names a folder.
    @Test func everyCaseIsWrittenAndReadBack() throws {
        let folder = try TemporaryFolder()
        let place = ProcessInfo.processInfo.environment["NEEDLETAIL_ONNX_CASES"] ?? folder.path
        for example in ExportCase.all + ExportCase.open {
            try ExportReference(example).write(
                to: place, name: example.testDescription.replacingOccurrences(of: " ", with: "-"))
        }
        for (name, detector) in ExportModels.detectors {
            let export = try ONNXExport(detector, options: .init(layout: .raw, size: Extent(height: 64, width: 96)))
            try ExportReference(detector, export, name: name).write(to: place, name: name)
        }
        let read = try ONNXModel(contentsOf: place + "/yolox.onnx")
        #expect(
            read.graph.outputs.map(\.name).sorted()
                == ExportModels.detectors[3].detector.graph.outputs.map(\.name).sorted())
    }

    /// No operator is left out of the cases that networks made here have.
    @Test func casesHoldEveryOperator() {
        let held = Set(
            ExportCase.all.flatMap { $0.graph.nodes.map { "\(type(of: $0.operation))" } })
        let known: Set = [
            "Input", "Convolution", "Linear", "BatchNormalization", "GroupNormalization", "LayerNormalization",
            "L2Normalization", "LocalResponseNormalization", "ElementwiseActivation", "MaxPooling", "AveragePooling",
            "GlobalAveragePooling", "AdaptiveAveragePooling", "NearestUpsampling", "BilinearUpsampling",
            "TransposedConvolution", "SpaceToDepth", "Concatenation", "Addition", "Multiplication", "Softmax",
            "Flatten", "Dropout",
        ]
        #expect(held == known)
    }

    /// Normalisation with weight 3, bias 1, mean 2 and variance 4 is `1.5 x - 2` behind a convolution with weight 2 and
    /// bias 5: one with weight 3 and bias `1.5 · 5 - 2`.
    @Test func normalizationIsFolded() throws {
        let store = ParameterStore()
        let layer = ExportCase.convolution(store.root["c"], 1, 1, kernel: 1)
        let norm = BatchNormalization(store.root["n"], channels: 1, kind: .trained, epsilon: 0)
        for (name, value) in [
            ("c.weight", 2), ("c.bias", 5), ("n.weight", 3), ("n.bias", 1), ("n.running_mean", 2), ("n.running_var", 4),
        ] as [(String, Float)] { store[name]?.update { $0[0] = value } }
        let export = try ONNXExport(
            Graph(channels: 1, output: "y") { norm(layer($0)).relu() },
            inputShape: TensorShape(batch: 1, height: 2, width: 3, channels: 1))
        #expect(kinds(export) == ["Conv", "Relu", "Identity"])
        let constants = Dictionary(
            uniqueKeysWithValues: try export.model.graph.initializers.map { ($0.name, try $0.floats()) })
        #expect(constants == ["c.weight": [3], "c.bias": [5.5]])
        #expect(export.input == "images [1, 1, 2, 3]" && export.outputs == ["y [1, 1, 2, 3]"])
    }

    /// The head of all levels has its weights once.
    @Test func sharedWeightsAreWrittenOnce() throws {
        let detector = ExportModels.detectors[0].detector
        let export = try ONNXExport(detector, options: .init(layout: .raw, size: 64))
        let names = export.model.graph.initializers.map(\.name)
        #expect(names.filter { $0 == "head.classification_head.cls_logits.weight" }.count == 1)
        #expect(Set(names).count == names.count && !names.contains { $0.contains("cls_logits.weight/") })
        let values = export.model.graph.nodes.flatMap(\.outputs)
        #expect(Set(values).count == values.count && Set(values).isDisjoint(with: names))
    }

    /// Windows of three with stride 2: of 8 rows the fourth reaches one beyond the map, of 9 columns none.
    @Test func roundedSizesBecomePadding() throws {
        let export = try ONNXExport(
            Graph(channels: 1, output: "y") { MaxPooling(3, stride: 2, roundsUp: true)($0) },
            inputShape: TensorShape(batch: 1, height: 8, width: 9, channels: 1))
        guard case .integers(let pads)? = export.model.graph.nodes[0].attributes["pads"] else {
            Issue.record("no pads")
            return
        }
        #expect(pads == [0, 0, 1, 0] && export.outputs == ["y [1, 1, 4, 4]"])
    }

    @Test func sameModelSameBytes() throws {
        let folder = try TemporaryFolder()
        let paths = ["a.onnx", "b.onnx"].map { folder.path + "/" + $0 }
        for path in paths {
            try ONNXExport(ExportModels.detectors[3].detector, options: .init(layout: .nms)).write(to: path)
        }
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: paths[0])) == Data(contentsOf: URL(fileURLWithPath: paths[1])))
    }

    @Test func halvesAreHalfAsLarge() throws {
        func bytes(_ isHalf: Bool) throws -> Int {
            try ONNXExport(ExportModels.detectors[3].detector, options: .init(isHalf: isHalf)).model.message.count
        }
        let (whole, half) = (try bytes(false), try bytes(true))
        #expect(half < whole * 6 / 10 && half > whole * 4 / 10)
    }

    /// By hand from IEEE 754: 1 is 0x3c00, the greatest 0x7bff, 2^-24 the least subnormal, and of two neighbours the even one.
    @Test(
        arguments: [
            (1, 0x3c00), (-2, 0xc000), (65_504, 0x7bff), (65_519, 0x7bff), (65_520, 0x7c00), (0x1p-24, 0x0001),
            (0x1p-25, 0x0000), (0x1.8p-25, 0x0001), (1 + 0x1p-11, 0x3c00), (1 + 0x1.8p-10, 0x3c02), (0x1p-14, 0x0400),
            (-.infinity, 0xfc00),
        ] as [(Float, UInt16)])
    func halves(value: Float, bits: UInt16) { #expect(StoredTensor.halfBits(of: value) == bits) }

    /// Versions of the format that came with those of the operators, and reductions whose axes moved.
    @Test func operatorVersions() throws {
        for (opset, format) in [(13, 7), (17, 8), (18, 8), (20, 9), (21, 10)] {
            let example = ExportCase.all[1]
            let export = try ONNXExport(
                example.graph, inputShape: example.shape, options: .init(layout: .raw, opset: opset))
            #expect(export.model.irVersion == format && export.model.operatorSets == ["": opset])
            let mean = try #require(export.model.graph.nodes.first { $0.kind == "ReduceMean" })
            #expect(mean.inputs.count == (opset < 18 ? 1 : 2))
        }
        let swish = Graph(channels: 1, output: "y") { $0.applying(.hardSwish) }
        let shape = TensorShape(batch: 1, height: 1, width: 1, channels: 1)
        #expect(
            kinds(try ONNXExport(swish, inputShape: shape, options: .init(opset: 13)))
                == ["HardSigmoid", "Mul", "Identity"])
        #expect(throws: ONNXError.self) { try ONNXExport(swish, inputShape: shape, options: .init(opset: 12)) }
    }
}
