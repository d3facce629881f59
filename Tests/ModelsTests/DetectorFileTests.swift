import Foundation
import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph
import NeedletailModels
import ProgramRunner
import Testing

/// What a detector's file says about itself: of this version, of the first, of a newer one, of none.
@Suite struct DetectorFileTests {
    private let folder: TemporaryFolder
    private let original = DenseDetector(
        DenseDetector.Configuration(
            network: RetinaNet(
                backbone: .resnet10Quarter, version: .v2, channels: 32, headDepth: 1, classCount: 3,
                normalizationEpsilon: 1e-3),
            transform: InputTransform(minimumSize: 96),
            categories: [.init(id: 7, name: "cat", classIndex: 1), .init(id: 9, name: "dog", classIndex: 2)]),
        seed: 5)

    init() throws { folder = try TemporaryFolder() }

    private func file(_ text: String) throws -> String {
        let path = folder("\(UUID().uuidString).safetensors")
        try original.parameters.write(to: path, metadata: ["needletail.detector": text])
        return path
    }

    private func configurationText() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(original.configuration), as: UTF8.self)
    }

    @Test func aFileStatesItsArchitecture() throws {
        let text = try configurationText()
        #expect(text.contains("\"architecture\":\"retinanet\"") && text.contains("\"formatVersion\":2"))
        #expect(try DenseDetector(contentsOf: file(text)).configuration == original.configuration)
    }

    /// A file is data from elsewhere: none of its numbers is believed.
    @Test(arguments: [
        ("\"channels\":32", "\"channels\":-32"), ("\"channels\":32", "\"channels\":33"),
        ("\"channels\":32", "\"channels\":9223372036854775807"), ("\"headDepth\":1", "\"headDepth\":-1"),
        ("\"headDepth\":1", "\"headDepth\":1000000000"), ("\"classCount\":3", "\"classCount\":0"),
        ("\"classCount\":3", "\"classCount\":2"), ("\"divisor\":32", "\"divisor\":0"),
        ("\"divisor\":32", "\"divisor\":-32"), ("\"minimumSize\":96", "\"minimumSize\":0"),
        ("\"minimumSize\":96", "\"minimumSize\":1e12"), ("\"maximumSize\":1333", "\"maximumSize\":-1"),
        ("\"candidatesPerLevel\":1000", "\"candidatesPerLevel\":-1"),
        ("\"detectionsPerImage\":300", "\"detectionsPerImage\":-5"), ("\"column\":2", "\"column\":1"),
        ("\"column\":2", "\"column\":0"), ("\"column\":2", "\"column\":3"),
        ("\"aspectRatios\":[0.5,1,2]", "\"aspectRatios\":[]"), ("\"aspectRatios\":[0.5", "\"aspectRatios\":[-0.5"),
        ("\"sizes\":[[", "\"sizes\":[[],["), ("\"sizes\":[[32", "\"sizes\":[[0"), ("\"sizes\":[[32,", "\"sizes\":[["),
        ("\"sizes\":[[32,40,50],", "\"sizes\":["), ("\"overlapThreshold\":0.5", "\"overlapThreshold\":-3"),
        ("\"normalizationEpsilon\":0.001", "\"normalizationEpsilon\":-1"),
        ("\"mean\":[0.485", "\"mean\":[1e39"), ("\"deviation\":[0.229", "\"deviation\":[0"),
    ]) func numbersAreNotBelieved(_ own: String, _ other: String) throws {
        let text = try configurationText()
        let changed = text.replacing(own, with: other)
        try #require(changed != text, "\(text)")
        let error = #expect(throws: DetectorError.self) { try DenseDetector(contentsOf: file(changed)) }
        #expect(error?.kind == .malformed, "\(error?.problem ?? "")")
    }

    /// What validation has found goes with the detector; a file of before has none.
    @Test func thresholdsAreKept() throws {
        let path = folder("a.safetensors")
        try original.write(to: path)
        #expect(try DenseDetector(contentsOf: path).scoreThresholds == nil)
        let detector = try DenseDetector(contentsOf: path)
        detector.scoreThresholds = ScoreThresholds(overall: 0.251_234_567_89, byCategory: ["cat": 0.1, "dog": 0.9])
        let other = folder("b.safetensors")
        try detector.write(to: other)
        #expect(try DenseDetector(contentsOf: other).scoreThresholds == detector.scoreThresholds)
        #expect(try DenseDetector.scoreThresholds(of: Checkpoint(contentsOf: other)) == detector.scoreThresholds)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func weightsThatAreNoNumbersAreRefused(_ value: Float) throws {
        let path = folder("a.safetensors")
        let name = "head.regression_head.bbox_reg.bias"
        try #require(original.parameters[name]).update { $0[3] = value }
        try original.write(to: path)
        let error = #expect(throws: CheckpointError.self) { try DenseDetector(contentsOf: path) }
        #expect(error?.reason == .notFinite(name: name) && error?.path == path)
        // Nor is a detector started from them.
        let fresh = DenseDetector(original.configuration)
        #expect(throws: CheckpointError.self) { try fresh.initialize(from: Checkpoint(contentsOf: path)) }
    }

    /// The first version had neither an architecture nor a number, and no depth of the head in its oldest files.
    @Test func filesOfTheFirstVersionLoad() throws {
        let old = """
            {"categories":[{"column":1,"id":7,"name":"cat"},{"column":2,"id":9,"name":"dog"}],"network":{"anchors":\
            {"aspectRatios":[0.5,1,2],"sizes":[[32,40,50],[64,80,101],[128,161,203],[256,322,406],[512,645,812]]},\
            "backbone":"resnet10-quarter","channels":32,"classCount":3,"headDepth":1,"normalization":"trained",\
            "normalizationEpsilon":0.001,"version":2},"postProcessing":{"candidatesPerLevel":1000,\
            "detectionsPerImage":300,"overlapThreshold":0.5,"scoreThreshold":0.05},"transform":{"deviation":\
            [0.229,0.224,0.225],"divisor":32,"maximumSize":1333,"mean":[0.485,0.456,0.406],"minimumSize":96}}
            """
        let detector = try DenseDetector(contentsOf: file(old))
        #expect(detector.configuration == original.configuration)
        for parameter in original.parameters.parameters {
            #expect(Array(try #require(detector.parameters[parameter.name]).values) == Array(parameter.values))
        }
    }

    @Test func anUnknownArchitectureNamesWhatIsKnown() throws {
        let path = try file(configurationText().replacingOccurrences(of: "\"retinanet\"", with: "\"transformer\""))
        let error = #expect(throws: DetectorError.self) { try DenseDetector(contentsOf: path) }
        #expect(error?.kind == .unknownArchitecture && error?.subject == path)
        #expect(
            error?.problem
                == "the detector is a 'transformer', which is not known here; known are retinanet, yolox, ssd, fcos")
    }

    @Test func aFileOfANewerVersionSaysSo() throws {
        let text = try configurationText()
            .replacingOccurrences(of: "\"formatVersion\":2", with: "\"formatVersion\":3")
            // Whatever else has changed since.
            .replacingOccurrences(of: "\"network\"", with: "\"parts\"")
        let error = #expect(throws: DetectorError.self) { try DenseDetector(contentsOf: file(text)) }
        #expect(error?.kind == .newerVersion && error?.problem.contains("version 3") == true)
    }

    @Test func anUnknownBackboneNamesWhatIsKnown() throws {
        let text = try configurationText().replacingOccurrences(of: "resnet10-quarter", with: "resnet9")
        let error = #expect(throws: DetectorError.self) { try DenseDetector(contentsOf: file(text)) }
        #expect(error?.kind == .malformed)
        #expect(error?.problem.contains("no backbone is called resnet9; there are resnet10-quarter, resnet18") == true)
    }

    /// A detector that goes on from a file's weights has the epsilon that they were made with.
    @Test func configurationIsThatOfTheFile() throws {
        let configuration = try DenseDetector.configuration(of: Checkpoint(contentsOf: file(configurationText())))
        #expect((configuration?.network as? RetinaNet)?.normalizationEpsilon == 1e-3)
        #expect(configuration?.network.name == "retinanet-v2-resnet10-quarter")
    }
}
