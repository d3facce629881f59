import ArgumentParser
import Needletail

struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show the layers of a network: shapes, parameters, costs, and what they see.",
        discussion: """
            For every layer the shape of its output, parameters, multiply-adds, how many pixels of the input one place \
            of the output sees, how many pixels its neighbour is away, and the memory of the output, for one image. \
            MODEL is a classifier or a detector by name (resnet18, retinanet-v2-resnet50), or a file of weights. \
            Normalisation, additions and activation functions are done by the layer before them, as they are when the \
            network runs; --operators shows them one by one. A depthwise convolution, or one in groups, has its share of \
            the cost of a standard convolution, and the 1x1 convolution behind it that of both together. A multiply-add is \
            two operations; --samples and --speed say how long so many images take. A network of your own is written in words, a layer a line, \
            in a file that ends in .net, or in --layers with semicolons between: conv 64 kernel=3 stride=2 padding=1 \
            (or conv 3 channels=64), depthwise-conv, transposed-conv, linear 10, max-pool 2 stride=2, average-pool, \
            global-average-pool, adaptive-average-pool, upsample, batch-norm, group-norm, layer-norm, lrn, dropout 0.5, \
            flatten, softmax, relu and other functions. A first line 'input 227 channels=3' says what it reads; --input \
            takes the place of that size.

            EXAMPLE
              needletail summary resnet18
              needletail summary my.net
              needletail summary alexnet --samples 1e6 --speed 0.15T,12T
              needletail summary runs/cells/best.safetensors --input 320x448
              needletail summary --input 200 \\
                  --layers "conv 5 stride=2 padding=1; max-pool 3; conv 3 padding=1"
            """)

    @Argument(help: "A model's name, a file of weights, or a network in words: a file that ends in .net.")
    var model: String?

    @Option(help: "Layers in words, separated by semicolons, or a file of them, instead of a model.")
    var layers: String?

    @Option(help: "Height and width of the input, as 320x448, or one number for both.")
    var input: InputSize?

    @Option(
        help: "Classes of a model that is given by name: 1000 of a classifier, 91 outputs of a detector, unless given.")
    var classes: Int?

    @Option(help: "Say what is trained with so many layers of the backbone, counted from the top, 0 to 5.")
    var trainableLayers: Int?

    @Option(help: "Say how long so many samples take: 1e6, with --speed.")
    var samples: Magnitude?

    @Option(help: "Operations a second, several with commas between: 0.15T,12T. k, M, G, T and P are thousands.")
    var speed: MagnitudeList?

    @Flag(help: "Show every operator as a layer of its own.")
    var operators = false

    @Option(help: "Write a page with the table: an HTML file.")
    var report: String?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if (model == nil) == (layers == nil) {
            throw ValidationError("Give either a model, by name or as a file, or --layers.")
        }
        if let classes, !(1...100_000).contains(classes) {
            throw ValidationError("--classes takes a number from 1 to 100000, not \(classes).")
        }
        if let trainableLayers, !(0...5).contains(trainableLayers) {
            throw ValidationError("--trainable-layers takes a number from 0 to 5, not \(trainableLayers).")
        }
        if (samples == nil) != (speed == nil) { throw ValidationError("--samples and --speed go together.") }
        if layers != nil, classes != nil || trainableLayers != nil {
            throw ValidationError("--classes and --trainable-layers go with a model, not with --layers.")
        }
    }

    func run() throws {
        let subject = try NetworkSubject(model: model, layers: layers, classCount: classes, input: input)
        let size = input ?? subject.usualInput
        let shape = TensorShape(
            batch: 1, height: size.height, width: size.width, channels: subject.inputChannels)
        let trained = trainableLayers.map { subject.trainedParameters(backboneStages: $0) }
        let graph = operators ? subject.graph : FuseEpilogue()(FoldNormalization()(subject.graph))
        let summary = try GraphSummary(graph, inputShape: shape, trained: trained ?? [])
        let document = SummaryDocument(
            subject: subject, summary: summary,
            inferenceMemory: try Plan.memorySize(
                of: subject.graph, inputShape: shape, pool: ThreadPool(threadCount: 1)),
            trainableLayers: trainableLayers, samples: samples?.value, speeds: speed?.values ?? [])
        if let report {
            try overwriting.claim(report, as: "the page", apartFrom: [model].compactMap(\.self))
            try SummaryPage(document: document).write(to: report)
            output.console.note("\(report): the page")
        }
        try output.console.result(document) { SummaryText(document: document).text }
    }
}

/// `320x448`, height and width, or one number for both.
struct InputSize: ExpressibleByArgument {
    let height: Int
    let width: Int

    init(_ side: Int) { (height, width) = (side, side) }

    init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    init?(argument: String) {
        let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        let sides = parts.compactMap { $0 }.filter { (1...16_384).contains($0) }
        guard sides.count == parts.count, [1, 2].contains(sides.count), let first = sides.first, let last = sides.last
        else { return nil }
        (height, width) = (first, last)
    }
}
