import Foundation
import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import Testing

/// Classifiers in files, and started from others.
@Suite struct ClassifierFileTests {
    private let path = NSTemporaryDirectory() + "classifier-\(UUID().uuidString).safetensors"
    private let pool = ThreadPool(threadCount: 1)

    private static func classifier(
        _ text: String, _ classes: [String], output: Classifier.Configuration.Output = .oneClass, seed: UInt64 = 0
    ) throws -> Classifier {
        let network = try TextNetwork(text)
        return Classifier(
            .init(
                architecture: AnyBackboneArchitecture(network), classes: classes, output: output,
                transform: InputTransform(
                    fit: .whole, minimumSize: network.inputSize, maximumSize: network.inputSize, divisor: 1,
                    channelOrder: network.inputChannels == 1 ? .gray : .rgb)), seed: seed)
    }

    private static let text = "input 8 channels=1; conv 4 kernel=3; relu; linear 3"
    private static let photograph = Image(
        width: 10, height: 9, bytes: (0..<270).map { UInt8(truncatingIfNeeded: $0 * 7) })

    @Test func aFileStatesItself() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let written = try Self.classifier(Self.text, ["cat", "dog", "owl"], output: .anyClasses, seed: 3)
        try written.write(to: path)
        let read = try Classifier(contentsOf: path)
        #expect(read.configuration == written.configuration)
        let (before, after) = (
            try written.predictions(in: [Self.photograph], pool: pool),
            try read.predictions(in: [Self.photograph], pool: pool)
        )
        #expect(before == after && before[0].probabilities.count == 3)
        #expect(before[0].probabilities.reduce(0, +) != 1)
    }

    /// The whitening lies in the file, and is used by whoever reads it.
    @Test func whiteningIsPartOfTheFile() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = try Self.classifier(Self.text, ["a", "b", "c"]).configuration
        configuration.whitening = .zca
        let whitening = Whitening(.zca, size: 64, count: 80) { index, target in
            for place in 0..<64 { target[place] = Float((index * 31 + place * 17) % 97) / 97 }
        }
        let written = Classifier(configuration, whitening: whitening, seed: 1)
        try written.write(to: path)
        let read = try Classifier(contentsOf: path)
        #expect(read.inputTransform.whitening == whitening)
        #expect(
            try read.predictions(in: [Self.photograph], pool: pool)
                == written.predictions(in: [Self.photograph], pool: pool))
        #expect(
            try Classifier(
                configuration,
                whitening: Whitening(kind: .zca, mean: whitening.mean, matrix: whitening.matrix.map { -$0 }), seed: 1
            )
            .predictions(in: [Self.photograph], pool: pool) != written.predictions(in: [Self.photograph], pool: pool))
    }

    /// Rows of the last layer are those of classes of the same name; all else is taken over.
    @Test func rowsAreReusedByName() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = try Self.classifier(Self.text, ["cat", "dog", "owl"], seed: 5)
        try source.write(to: path)
        let started = try Self.classifier(Self.text, ["Owl", "bee", "cat"], seed: 9)
        let fresh = try Self.classifier(Self.text, ["Owl", "bee", "cat"], seed: 9)
        let report = try started.initialize(from: Checkpoint(contentsOf: path))
        #expect(report.reusedCategories == ["Owl", "cat"] && report.unusedRows == nil)
        func row(_ classifier: Classifier, _ index: Int) throws -> [Float] {
            let weight = try #require(classifier.parameters["2.weight"]), size = weight.count / 3
            return Array(weight.values[index * size..<(index + 1) * size])
        }
        #expect(try row(started, 0) == row(source, 2))
        #expect(try row(started, 1) == row(fresh, 1))
        #expect(try row(started, 2) == row(source, 0))
        let first = try #require(started.parameters["0.weight"])
        let other = try #require(source.parameters["0.weight"])
        #expect(Array(first.values) == Array(other.values))
    }

    /// Where the last layer reads other numbers its rows are not taken over, and that is said.
    @Test func otherWidthsAreSaid() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Self.classifier(Self.text, ["cat", "dog", "owl"]).write(to: path)
        let wider = try Self.classifier("input 10 channels=1; conv 4 kernel=3; relu; linear 3", ["cat", "dog", "bee"])
        let report = try wider.initialize(from: Checkpoint(contentsOf: path))
        #expect(report.reusedCategories.isEmpty)
        #expect(report.unusedRows == "2.weight reads 256 numbers here and 144 in the file")
    }

    /// Weights that say nothing of themselves are known by their shapes; classes are called by numbers.
    @Test func bareWeightsAreRecognized() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bare = Classifier(AnyBackboneArchitecture(MobileNetV2.family[0]), classCount: 7, seed: 2)
        try bare.parameters.write(to: path, metadata: [:])
        let read = try Classifier(contentsOf: path)
        #expect(read.configuration.architecture.name == "mobilenet-v2")
        #expect(read.configuration.classes == ["0", "1", "2", "3", "4", "5", "6"])
        #expect(read.configuration.transform.fixedSize == Image.Size(width: 224, height: 224))
    }
}
