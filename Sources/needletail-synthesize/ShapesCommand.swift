import ArgumentParser
import NeedletailImages
import NeedletailShapes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct ShapesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shapes",
        abstract: "Draw a small detection dataset, with COCO annotations.",
        discussion: """
            Every picture is computed from the seed, so the same command always makes the same dataset.
            The output folder receives images/*.jpg, train.json, validation.json and test.json.
            """)

    @Option(help: "Folder to write to; made if it does not exist.")
    var output: String

    @Option(help: "Number of training images.")
    var train = 240

    @Option(help: "Number of validation images.")
    var validation = 60

    @Option(help: "Number of test images.")
    var test = 60

    @Option(help: "Another seed draws another dataset.")
    var seed: UInt64 = 1

    @Flag(help: "Draw the thirteen kinds that are no classes of datasets/shapes, to pretrain a detector on.")
    var others = false

    @Option(help: "JPEG quality, 1 to 100.")
    var quality = 82

    func validate() throws {
        guard train >= 0, validation >= 0, test >= 0 else {
            throw ValidationError("The numbers of images must not be negative.")
        }
        guard (1...100).contains(quality) else { throw ValidationError("--quality must be between 1 and 100.") }
    }

    func run() throws {
        let images = output + "/images"
        try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
        let kinds = others ? SyntheticScene.otherKinds : SyntheticScene.kinds
        var first = 0
        for (name, count) in [("train", train), ("validation", validation), ("test", test)] {
            var dataset = COCODataset(kinds: kinds)
            for index in first..<first + count {
                let scene = SyntheticScene(seed: seed, index: index, kinds: kinds)
                let digits = String(index + 1)
                let file = String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".jpg"
                try scene.image.writeJPEG(to: images + "/" + file, quality: quality)
                dataset.add(scene, id: index + 1, file: file)
            }
            first += count
            let path = "\(output)/\(name).json"
            try dataset.encoded().write(to: URL(filePath: path), options: .atomic)
            print("\(path): \(count) images, \(dataset.annotations.count) objects")
        }
    }
}
