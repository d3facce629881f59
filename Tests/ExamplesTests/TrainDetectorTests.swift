import Foundation
import Needletail
import ProgramRunner
import Testing

/// The example of training, built and run.
@Suite struct TrainDetectorTests {
    @Test func trainsADetectorInAFolder() throws {
        let folder = try TemporaryFolder()
        let training = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        let outcome = try Program("train-detector").run([
            training.annotations, validation.annotations,
            ShapesExcerpt.package + "/pretrained/resnet10-quarter-shapes.safetensors", folder("run"), "--epochs", "2",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("epoch 1 AP ") && lines[2].hasSuffix(" objects found"))
        #expect(
            try DenseDetector(contentsOf: folder("run/best.safetensors")).configuration.network.name
                == "fcos-resnet10-quarter")
        #expect(!folder.names(in: "run").contains("state.safetensors"))
    }

    /// The front page shows the program as it is.
    @Test func standsInTheReadme() throws {
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: ShapesExcerpt.package + "/" + name, encoding: .utf8)
        }
        #expect(
            try text("README.md")
                .contains("```swift\n" + text("examples/train-detector/TrainDetector.swift") + "```\n"))
    }
}
