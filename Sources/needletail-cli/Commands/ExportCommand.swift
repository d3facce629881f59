import ArgumentParser
import Needletail
import NeedletailSystem

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a detector or a classifier as an ONNX file that other programs run.",
        discussion: """
            Order of colours, scaling, normalisation and the decoding of boxes are inside: what is fed is red, green and \
            blue from 0 to 1, [1, 3, height, width], a photograph fitted into it and surrounded with grey (114). Layouts:

            yolo      output0 [1, 4 + classes, boxes]: centre, width and height in pixels of the input, then scores. \
            Ultralytics, supervision, Frigate (yolo-generic), OpenCV and others open it. Of a classifier: output0 \
            [1, classes], probabilities.
            nms       output0 [1, boxes, 6]: corners, score, class, after suppression with the detector's own thresholds.
            modelapi  boxes [1, boxes, 5] and labels [1, boxes], after suppression, for OpenVINO's Model API.
            raw       the outputs of the network, before anything is decoded.

            DETECTOR may be an ONNX file: one of a network that is known is written like its weights, and any other with \
            --layout raw as it is computed here, with its own inputs, outputs and metadata, for one size of input.

            Beside MODEL.onnx are written MODEL.labels.txt, the names of the classes; MODEL.py, a short program in Python \
            that finds what 'needletail detect' finds; for the layout yolo MODEL.frigate.yml, a configuration for Frigate.

            EXAMPLE
              needletail export runs/cells/best.safetensors cells.onnx
              needletail export runs/cells/best.safetensors cells.onnx --layout nms
            """)

    @Argument(help: "The detector or classifier: the best.safetensors of a run, a file of weights, or a model's name.")
    var detector: String

    @Argument(help: "The file to write: MODEL.onnx.")
    var model: String

    @Option(help: "What the file reads and says.")
    var layout = ONNXExport.Layout.yolo

    @Option(
        help: ArgumentHelp(
            "Height and width of the input, as 320x416, or one number for both.",
            discussion:
                "Unless given, what the detector was trained at; where that depends on the photograph, a square."))
    var input: InputSize?

    @Option(
        help:
            "The version of ONNX's operators, from \(ONNXExport.opsets.lowerBound) to \(ONNXExport.opsets.upperBound).")
    var opset = ONNXExport.Options().opset

    @Flag(
        help:
            "Leave height, width and number of images open, as far as the network and the layout take others.")
    var dynamic = false

    @Flag(help: "Keep weights as halves, in a file half as large. Computed is with single precision.")
    var half = false

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard FilePath.split(model).name.hasSuffix(".onnx"), FilePath.split(model).name.count > 5 else {
            throw ValidationError("'\(model)' is no name for an ONNX file. Give one that ends in .onnx.")
        }
    }

    private struct Result: Encodable {
        var model: String
        var files: [String]
        var architecture: String
        var layout: String
        var opset: Int
        var input: String
        var outputs: [String]
        var classes: [String]
        var half: Bool
        var bytes: Int
        var seconds: Double
    }

    func run() throws {
        let console = outputOptions.console
        let clock = ContinuousClock(), start = clock.now
        let (export, isTrained) = try export()
        if !isTrained {
            console.warn("\(detector): the weights are drawn, not trained; give a file for those of a training")
        }
        let companions = export.companions(of: model)
        let files = [model] + companions.map(\.path)
        try OutputRule.requireFree(
            files, what: "the export", overwrites: overwriting.overwrite, inputs: [detector])
        try OutputFolder.makeParent(of: model)
        try write(export, companions)
        if dynamic { noteOpen(export, console) }
        if export.options.opset != opset {
            console.note(
                "the operators are those of version \(export.options.opset), as in \(detector): some are taken over as they are"
            )
        }
        let bytes = try ByteSource(mapping: model).bytes.count
        let result = Result(
            model: model, files: files, architecture: export.architecture, layout: layout.rawValue,
            opset: export.options.opset,
            input: export.input, outputs: export.outputs, classes: export.classes, half: half, bytes: bytes,
            seconds: start.duration(to: clock.now).seconds)
        try console.result(result) {
            let beside = companions.map { FilePath.fileName(of: $0.path) }.joined(separator: ", ")
            return "\(model): \(export.architecture), \(export.input) to \(export.outputs.joined(separator: ", "))"
                + (beside.isEmpty ? "" : "; beside it \(beside)")
        }
    }

    private func export() throws -> (export: ONNXExport, isTrained: Bool) {
        var options = ONNXExport.Options(
            layout: layout, opset: opset, isDynamic: dynamic, isHalf: half,
            size: input.map { Extent(height: $0.height, width: $0.width) })
        let isONNX = try ImageFolder.exists(detector) && ONNXFile.isONNX(detector)
        let known = try isONNX ? NetworkSubject.knownWeights(ofONNX: detector) : nil
        if isONNX, known == nil {
            guard layout == .raw else {
                throw CommandError(
                    "\(detector): this is no network that is known here, so nothing says what its outputs mean. It is "
                        + "written as it is with --layout raw.")
            }
            // A network of another program may leave its size open.
            let size = input.map { Image.Size(width: $0.width, height: $0.height) }
            return (try ONNXExport(ONNXNetwork(contentsOf: detector), input: size, options: options), true)
        }
        let subject =
            try known.map { try NetworkSubject.file($0, for: .weights) }
            ?? NetworkSubject(model: detector, for: .weights)
        switch subject.task {
        case .detector(let network):
            // For the size that a file was made for, if it was for one that the network takes.
            if known != nil, input == nil, let size = try ONNXNetwork(contentsOf: detector).firstMapSize(),
                [size.height, size.width].allSatisfy({ $0.isMultiple(of: network.configuration.transform.divisor) })
            {
                options.size = size
            }
            return (try ONNXExport(network, options: options), subject.isTrained)
        case .classifier(let classifier): return (try ONNXExport(classifier, options: options), subject.isTrained)
        case .imported, .layers:
            throw CommandError(
                "\(detector): these layers are neither a detector nor a classifier. Give a network that says what it "
                    + "reads and ends in a number for each class.")
        }
    }

    /// The model comes last: where it is, all is. Where it cannot be written, nothing new stays.
    private func write(_ export: ONNXExport, _ companions: [(path: String, text: String)]) throws {
        var new: [String] = []
        do {
            for companion in companions {
                let isNew = !ImageFolder.exists(companion.path)
                try AtomicFile.write(companion.text, to: companion.path)
                if isNew { new.append(companion.path) }
            }
            try export.write(to: model)
        } catch {
            for path in new { OutputFolder.remove(path) }
            throw error
        }
    }

    private func noteOpen(_ export: ONNXExport, _ console: Console) {
        let open = (export.isBatchFree ? ["number of images"] : []) + (export.isSizeFree ? ["height and width"] : [])
        guard open.count < 2 else { return }
        console.note(
            open.isEmpty
                ? "nothing is left open: the network or the layout takes inputs of one size only"
                : "only \(open[0]) of the input \(export.isSizeFree ? "are" : "is") left open: the network or the layout takes no other"
        )
    }
}

extension ONNXExport.Layout: ExpressibleByArgument {}
