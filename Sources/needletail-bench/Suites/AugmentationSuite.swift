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
        "perspective scale=0.05,0.02,0.08,0.03,0.01,0.06,0.04,0.07", "elastic alpha=40 deviation=6 seed=1",
        "optical-distortion distort=0.05", "grid-distortion steps=5 distort=-0.3..0.3 seed=1",
        "resize width=416 height=416",
        "gamma gamma=1.1", "equalize", "clahe clip=2 tiles=8", "sepia", "fancy-pca deviation=0.1 seed=1",
        "motion-blur size=7 angle=30", "median-blur size=5", "zoom-blur factor=1.2 step=0.02",
        "glass-blur deviation=0.7 distance=4 iterations=2 seed=1", "defocus radius=6", "ringing size=11 cutoff=1.2",
        "sharpness factor=2", "sharpen alpha=0.3 lightness=1", "downscale scale=0.4",
        "superpixels segments=100 share=0.5 seed=1", "iso-noise color-shift=0.03 intensity=0.3 seed=1",
        "salt-and-pepper amount=0.03 salt=0.5 seed=1", "grid-dropout unit=0.1 ratio=0.5 seed=1",
        "fog amount=0.6 seed=1",
        "rain drops=500 slant=5 length=0.04 brightness=0.7 seed=1", "snow point=0.2 brightness=2 flakes=300 seed=1",
        "shadow count=2 intensity=0.5 seed=1", "sun-flare radius=0.4 circles=8 seed=1",
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
