import ArgumentParser
import Foundation
import Needletail

/// From the files of a folder to detections, as `needletail detect` works.
struct DetectionSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect", abstract: "Time a folder of photographs: decode, resize, network, suppression.",
        discussion: "The detector is RetinaNet on ResNet-18 with fresh weights and 91 classes, at 320 pixels.")

    @Argument(help: "The folder.")
    var folder: String

    @OptionGroup var options: SuiteOptions

    func run() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
            ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased())
        }.map { "\(folder)/\($0)" }
        guard !files.isEmpty else { throw ValidationError("\(folder): no photographs here.") }
        let pool = ThreadPool(threadCount: options.threads)
        let categories = (1...90).map { DenseDetector.Category(id: $0, name: "\($0)", classIndex: $0) }
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(backbone: .resnet18, classCount: 91),
                transform: InputTransform(minimumSize: 320), categories: categories))
        var result = try Measurement.run("detect", seconds: options.seconds) {
            let images = OrderedPrefetch(count: files.count, lookAhead: 4) { index in
                Result { try AnnotatedImage.load(files[index], width: 0, height: 0) }
            }
            while let image = images.next() { _ = try detector.detections(in: image.get(), pool: pool) }
        }
        result.rates["ms an image"] = result.medianMilliseconds / Double(files.count)
        result.rates["images/s"] = 1000 * Double(files.count) / result.medianMilliseconds
        try options.show([result], names: ["detect"])
    }
}
