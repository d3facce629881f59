import Foundation
import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ProgramRunner
import Testing

/// What a new detector takes over from weight files.
@Suite struct InitializationTests {
    private static func detector(_ names: [String], seed: UInt64, backbone: AnyBackboneArchitecture = .resnet10Quarter)
        -> DenseDetector
    {
        DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(backbone: backbone, channels: 16, classCount: names.count + 1),
                categories: names.enumerated().map { .init(id: 10 * ($0 + 1), name: $1, classIndex: $0 + 1) }),
            seed: seed)
    }

    private static func values(_ detector: DenseDetector, _ name: String) throws -> [Float] {
        Array(try #require(detector.network.parameters[name]).values)
    }

    @Test func detectorSurvivesItsFile() throws {
        let folder = try TemporaryFolder()
        let path = folder("detector.safetensors")
        let original = Self.detector(["cat", "dog"], seed: 3)
        try original.write(to: path)
        let read = try DenseDetector(contentsOf: path)
        #expect(read.configuration == original.configuration)
        for parameter in original.network.parameters.parameters {
            #expect(try Self.values(read, parameter.name) == Array(parameter.values))
        }
    }

    /// Rows of equally named categories move to their new columns; others stay fresh.
    @Test func classifierRowsFollowNames() throws {
        let folder = try TemporaryFolder()
        let path = folder("source.safetensors")
        let source = Self.detector(["cat", "dog", "fish"], seed: 3)
        try source.write(to: path)
        let target = Self.detector(["fish", "bird"], seed: 4)
        let name = "head.classification_head.cls_logits.weight"
        let fresh = try Self.values(target, name)
        let report = try target.initialize(from: Checkpoint(contentsOf: path))
        #expect(report.reusedCategories == ["fish"])

        let old = try Self.values(source, name), new = try Self.values(target, name)
        let row = 16 * 9
        for anchor in 0..<9 {
            func slice(_ values: [Float], _ classes: Int, _ column: Int) -> ArraySlice<Float> {
                values[(anchor * classes + column) * row..<(anchor * classes + column + 1) * row]
            }
            #expect(slice(new, 3, 1).elementsEqual(slice(old, 4, 3)))
            #expect(slice(new, 3, 2).elementsEqual(slice(fresh, 3, 2)))
        }
        let shared = "backbone.fpn.layer_blocks.0.0.weight"
        #expect(try Self.values(target, shared) == Self.values(source, shared))
    }

    @Test func backboneOnlyFileLeavesTheHeadFresh() throws {
        let folder = try TemporaryFolder()
        let path = folder("classifier.safetensors")
        let store = ParameterStore()
        _ = ResNet(store.root, architecture: .resnet10Quarter, classCount: 7, normalization: .trained, seed: 9)
        try store.write(to: path, metadata: [:])
        let detector = Self.detector(["cat"], seed: 1)
        let head = try Self.values(detector, "head.regression_head.bbox_reg.weight")
        let report = try detector.initialize(from: Checkpoint(contentsOf: path))
        #expect(
            try Self.values(detector, "backbone.body.conv1.weight") == Array(#require(store["conv1.weight"]).values))
        #expect(try Self.values(detector, "head.regression_head.bbox_reg.weight") == head)
        #expect(report.freshNames.allSatisfy { $0.hasPrefix("backbone.fpn.") || $0.hasPrefix("head.") })
    }

    @Test func anotherArchitectureIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = folder("resnet18.safetensors")
        let store = ParameterStore()
        _ = ResNet(store.root, architecture: .resnet18, classCount: 7, normalization: .trained)
        try store.write(to: path, metadata: [:])
        let detector = Self.detector(["cat"], seed: 1, backbone: .resnet34)
        let error = #expect(throws: ParameterMismatch.self) {
            try detector.initialize(from: Checkpoint(contentsOf: path))
        }
        #expect(error?.likelyArchitecture == "resnet18")
        #expect(error?.missing.contains { $0.name.hasSuffix("layer1.2.conv1.weight") } == true)
    }

    @Test func classifierIsNoDetector() throws {
        let folder = try TemporaryFolder()
        let path = folder("classifier.safetensors")
        let store = ParameterStore()
        _ = ResNet(store.root, architecture: .resnet18, classCount: 7, normalization: .trained)
        try store.write(to: path, metadata: [:])
        #expect(throws: DetectorError.self) { try DenseDetector(contentsOf: path) }
    }
}
