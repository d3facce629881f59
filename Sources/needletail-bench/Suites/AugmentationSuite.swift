import ArgumentParser
import Needletail

/// Operations of augmentation on a 640x480 picture, on one thread.
struct AugmentationSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augmentation", abstract: "Time every operation and policy of augmentation on a 640x480 picture.")

    @OptionGroup var options: SuiteOptions

    /// Operations with numbers in the middle of what policies draw.
    private static let operations = [
        "shrink factor=2", "flip-horizontal", "flip-vertical", "quarter-turns count=1",
        "crop x=60 y=40 width=480 height=360",
        "zoom-out left=100 top=80 width=900 height=700",
        "affine angle=7 x=20 y=10 scale=1.1 shear-x=2 shear-y=1", "brightness factor=1.2", "contrast factor=1.2",
        "saturation factor=1.2", "hue shift=0.03", "grey", "blur deviation=1", "noise deviation=5 seed=1",
        "jpeg quality=60", "cut-out x=100,300 y=50,200 width=80,100 height=60,90",
        "mosaic others=0,0,0 x=320 y=240 scales=0.8,0.8,0.8,0.8", "mix-up other=0 share=0.5",
        "copy-paste other=0 objects=0 x=300 y=200",
    ]

    func run() throws {
        let image = try Image(bytes: InputSuite.drawnJPEG())
        let sample = LabeledImage(
            image: image,
            objects: (0..<12).map { k in
                .init(box: Box(x: Double(k * 40), y: Double(k * 30), width: 90, height: 80), label: 1)
            })
        let pool = ImagePool(count: 1) { _ in sample }
        var measurements: [Measurement] = []
        var names: [String] = []
        func measure(_ name: String, _ body: () throws -> Void) throws {
            names.append(name)
            guard options.includes(name) else { return }
            var result = try Measurement.run(name, seconds: options.seconds, body)
            result.rates["images/s"] = 1000 / result.medianMilliseconds
            measurements.append(result)
        }
        for text in Self.operations {
            let recipe = try AugmentationRecipe(text)
            try measure(text.split(separator: " ").first.map(String.init) ?? text) {
                _ = try recipe.apply(to: sample, pool: pool)
            }
        }
        for preset in AugmentationPolicy.Preset.allCases where preset != .none {
            let policy = AugmentationPolicy(preset)
            var epoch = 0
            try measure("policy-\(preset.rawValue)") {
                epoch += 1
                _ = policy.augment(sample, name: "picture", seed: 0, epoch: epoch, pool: pool)
            }
        }
        try options.show(measurements, names: names)
    }
}
