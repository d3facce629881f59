import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels

extension ONNXExport {
    /// Writes a classifier.
    ///
    /// - Throws: ``ONNXError`` for what cannot be said in ONNX, and `GraphError` for an input that the network cannot take.
    public init(_ classifier: Classifier, options: Options = Options()) throws {
        try Self.check(options)
        let configuration = classifier.configuration, transform = classifier.inputTransform
        guard options.layout != .nms else {
            throw ONNXError(
                .unsupported, subject: configuration.architecture.name,
                problem: "a classifier tells of no boxes that could be suppressed",
                remedy: "Take \(setting: .exportLayout) yolo, modelapi or raw.")
        }
        let usual = transform.exportedSize
        let size = options.size ?? Extent(height: usual.height, width: usual.width)
        if transform.whitening != nil, size != Extent(height: usual.height, width: usual.width) {
            throw ONNXError(
                .unsupported, subject: configuration.architecture.name,
                problem: "its images are whitened, which is for \(usual.height)x\(usual.width) pixels alone",
                remedy: "Leave \(setting: .exportSize) out.")
        }
        let export = try ONNXGraphExport(
            classifier.graph,
            inputs: [
                TensorType(
                    TensorShape(batch: 1, height: size.height, width: size.width, channels: transform.channels))
            ])
        let input = ONNXInput(
            size: size, channels: transform.channels,
            isSizeFree: options.isDynamic && transform.whitening == nil && export.allowsOtherSizes,
            isBatchFree: options.isDynamic)
        let name = options.layout == .raw ? "logits" : "output0"
        let writer = ONNXWriter(opset: options.opset, isHalf: options.isHalf, reserved: [ONNXInput.name, name])
        let pixels = writer.input(ONNXInput.name, input.dimensions)
        let values = try export.write(
            to: writer, reading: transform.write(to: writer, reading: pixels), isSizeFree: input.isSizeFree)
        guard let (logits, type) = values["logits"] else { preconditionFailure("a classifier without logits") }
        var value = logits
        if type.shape.isMap { value = writer.node("Flatten", [value], ["axis": .integer(1)], named: "row") }
        // The Model API makes probabilities of several classes itself.
        if options.layout == .yolo || (options.layout == .modelAPI && configuration.output == .oneClass) {
            value =
                configuration.output == .oneClass
                ? writer.node("Softmax", [value], ["axis": .integer(1)], named: "probabilities")
                : writer.node("Sigmoid", [value], named: "probabilities")
        }
        writer.output(name, value, [input.batch, .fixed(configuration.classes.count)])
        let facts = ClassifierFacts(configuration, options: options, input: input, transform: transform)
        self.init(
            writer, options: options, architecture: configuration.architecture.name, classes: configuration.classes,
            input: input,
            metadata: facts.metadata
                // The map that whitens is no text.
                + (transform.whitening == nil
                    ? [(Classifier.configurationKey, try configuration.metadataText)] : []),
            companions: facts.companions)
    }
}
