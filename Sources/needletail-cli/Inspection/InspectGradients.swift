import ArgumentParser
import Needletail
import NeedletailSystem

struct InspectGradients: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gradients",
        abstract: "Show how long the gradients of every layer are in one step of training on a photograph.",
        discussion: """
            All layers are trained, and nothing is changed. Batch normalisation is as it is in inference, since one \
            photograph has no statistics worth the name, but for weights that are drawn, which have no others. A detector \
            needs the objects of the photograph, a classifier what it shows. Layers stand from the image upward; gradients that shrink on their way down leave the lowest \
            layers without much to learn from.

            EXAMPLE
              needletail inspect gradients runs/cells/best.safetensors photo.jpg \\
                  --annotations cells/train.json --output gradients.png
              needletail inspect gradients resnet18-f37072fd.pth photo.jpg --class 207
            """)

    @Argument(help: "A file of weights, or a model's name.")
    var model: String

    @Argument(help: "The photograph.")
    var photograph: String

    @Option(help: "The dataset with its objects, for a detector.")
    var annotations: String?

    @Option(name: .customLong("class"), help: "What it shows, for a classifier: the number of a class, from 0.")
    var classIndex: Int?

    @Option(help: "Height and width of the input of a classifier or an ONNX file, as 224x320, or one number for both.")
    var input: InputSize?

    @Option(help: "A PNG to write, a bar for each layer.")
    var output: String?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    private struct Result: Encodable {
        var output: String?
        var gradients: GradientNorms
    }

    func run() throws {
        let dataset = try annotations.map { try AnnotatedPhotograph.dataset($0, of: photograph) }
        let subject = try NetworkSubject(
            model: model, categories: try dataset.map { try CategoryMap.newCategories(of: $0) }, input: input,
            for: .weights)
        if let output {
            try overwriting.claim(
                output, as: "the picture", apartFrom: [model, photograph] + (annotations.map { [$0] } ?? []))
        }
        let norms = try norms(of: subject, dataset: dataset, pool: threads.makePool())
        subject.noteDrawnWeights(outputOptions.console)
        try output.map {
            try norms.chart(title: "\(FilePath.fileName(of: model)): one step of training").writePNG(to: $0)
        }
        try outputOptions.console.result(Result(output: output, gradients: norms)) { Self.text(norms, output: output) }
    }

    private func norms(of subject: NetworkSubject, dataset: Dataset?, pool: ThreadPool) throws -> GradientNorms {
        switch subject.task {
        case .detector(let detector):
            guard let dataset else {
                throw ValidationError("A detector needs --annotations: the dataset with the objects of the photograph.")
            }
            let photograph = try AnnotatedPhotograph(
                photograph, of: dataset, categories: detector.configuration.categories)
            let input = try NetworkInput(photograph.image, of: subject, size: input)
            return try GradientNorms(
                of: detector, pixels: input.pixels, shape: input.shape,
                targets: [photograph.target(detector.inputTransform)], normalizesByBatch: !subject.isTrained,
                pool: pool)
        case .classifier(let classifier):
            let count = try classifier.graph.outputTypes(inputs: [TensorType(subject.usualShape)])[0].shape.channels
            guard let classIndex, (0..<count).contains(classIndex) else {
                throw ValidationError(
                    "A classifier needs --class: what the photograph shows, a number from 0 to \(count - 1).")
            }
            let input = try NetworkInput(photograph, of: subject, size: input)
            return try GradientNorms(
                of: classifier, pixels: input.pixels, shape: input.shape, targets: [[classIndex]],
                normalizesByBatch: !subject.isTrained, pool: pool)
        case .layers, .imported:
            throw CommandError(
                "\(subject.name): these layers end in no classes, so that nothing says what is to be learnt. End with "
                    + "'linear 10' for ten classes, and begin with 'input 28 channels=1', say.")
        }
    }

    private static func text(_ norms: GradientNorms, output: String?) -> String {
        let rows = norms.layers.map { layer in
            [
                layer.name, "\(layer.weightCount)", short(layer.gradientNorm), short(layer.weightNorm),
                layer.share.map(short) ?? "",
            ]
        }
        let loss = norms.loss.map { "\($0.name) \(short(Double($0.value)))" }.joined(separator: ", ")
        return (output.map { "\($0): the chart\n\n" } ?? "")
            + Table.text([["layer", "weights", "gradient", "norm of weights", "gradient/weights"]] + rows)
            + "\n\nloss: \(loss); norm of all gradients \(short(norms.norm))"
    }

    /// Four digits that count: `0.0123`, `1.235`, `1.23e-07`.
    private static func short(_ value: Double) -> String {
        guard value != 0, value.isFinite, abs(value) < 1e-3 || abs(value) >= 1e6 else { return Table.number(value) }
        var mantissa = value, exponent = 0
        while abs(mantissa) >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while abs(mantissa) < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return "\((mantissa * 100).rounded() / 100)e\(exponent)"
    }
}
