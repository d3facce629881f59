import ArgumentParser
import Foundation
import Needletail

/// From the files of a folder to detections, as `needletail detect` works.
struct DetectionSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect", abstract: "Time a folder of photographs: decode, resize, network, suppression.",
        discussion: """
            Detectors with fresh weights and COCO's classes: RetinaNet on ResNet-18 at 320 pixels, YOLOX-Nano at 416. A folder
            of fewer than 200 photographs is gone through again until there were as many.
            """)

    @Argument(help: "The folder.")
    var folder: String

    @OptionGroup var options: SuiteOptions

    private static let leastCount = 200
    private static let cases: [(name: String, configuration: DenseDetector.Configuration)] = [
        (
            "retinanet-resnet18",
            .init(
                network: RetinaNet(backbone: .resnet18, classCount: 91), transform: InputTransform(minimumSize: 320),
                categories: categories(90))
        ),
        (
            "yolox-nano",
            .init(
                network: YOLOX(.nano, classCount: 80), transform: YOLOX.inputTransform(size: 416),
                postProcessing: YOLOX.postProcessing, categories: categories(80))
        ),
    ]

    private static func categories(_ count: Int) -> [DenseDetector.Category] {
        (1...count).map { DenseDetector.Category(id: $0, name: "\($0)", classIndex: $0) }
    }

    func run() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
            ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased())
        }.map { "\(folder)/\($0)" }
        guard !files.isEmpty else { throw ValidationError("\(folder): no photographs here.") }
        let count = max(files.count, Self.leastCount)
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        for item in Self.cases where options.includes(item.name) {
            let detector = DenseDetector(item.configuration)
            var result = try Measurement.run(item.name, seconds: options.seconds) {
                let images = WorkStream(
                    count: count, detector: detector as any ObjectDetector, pool: pool,
                    load: { index in
                        Result<Image, any Error> {
                            try AnnotatedImage.load(files[index % files.count], width: 0, height: 0)
                        }
                    },
                    detect: { image, _, detector, pool in
                        Result { try detector.detections(in: [image.get()], originalSizes: nil, pool: pool) }
                    })
                while let found = images.next() { _ = try found.get() }
            }
            result.rates["ms an image"] = result.medianMilliseconds / Double(count)
            result.rates["images/s"] = 1000 * Double(count) / result.medianMilliseconds
            measurements.append(result)
        }
        try options.show(measurements, names: Self.cases.map(\.name))
    }
}
