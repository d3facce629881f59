import Foundation
import Needletail
import ProgramRunner
import Testing

/// The example programs, built and run.
@Suite struct DetectPhotoTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writeDetector() throws -> String {
        let path = folder("detector.safetensors")
        try DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(backbone: .resnet10Quarter, channels: 64, classCount: 3),
                transform: InputTransform(minimumSize: 64), postProcessing: PostProcessing(scoreThreshold: 0.001),
                categories: [.init(id: 4, name: "gear", classIndex: 1), .init(id: 9, name: "fish", classIndex: 2)])
        ).write(to: path)
        return path
    }

    @Test func printsALineForEachObjectAndDrawsThem() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        let photograph = folder("images/" + excerpt.names[0])
        let outcome = try Program("detect-photo").run(
            [try writeDetector(), photograph, folder("out.png"), "--threshold", "0"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors == "")
        let original = try Image(contentsOf: photograph)
        let picture = try Image(contentsOf: folder("out.png"))
        #expect((picture.width, picture.height) == (original.width, original.height))
        #expect(picture != original)
        let lines = outcome.output.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines { try check(line, width: Double(original.width), height: Double(original.height)) }
    }

    private func check(_ line: Substring, width: Double, height: Double) throws {
        let words = line.split(separator: " ")
        #expect(words.count == 6)
        #expect(["gear", "fish"].contains(words[0]))
        let numbers = try words.dropFirst().map { try #require(Double($0)) }
        #expect((0...1).contains(numbers[0]))
        #expect(numbers[1] >= 0 && numbers[2] >= 0)
        #expect(numbers[1] + numbers[3] <= width + 0.2)
        #expect(numbers[2] + numbers[4] <= height + 0.2)
    }

    @Test func namesTheFileThatIsMissing() throws {
        let outcome = try Program("detect-photo").run([try writeDetector(), folder("lost.jpg"), folder("out.png")])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(folder("lost.jpg")))
        #expect(folder.names() == ["detector.safetensors"])
    }

    /// The front page shows the program as it is.
    @Test func standsInTheReadme() throws {
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: ShapesExcerpt.package + "/" + name, encoding: .utf8)
        }
        #expect(
            try text("README.md").contains("```swift\n" + text("examples/detect-photo/DetectPhoto.swift") + "```\n"))
    }
}
