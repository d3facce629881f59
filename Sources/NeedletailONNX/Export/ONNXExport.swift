import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailSystem

/// A detector or a classifier as an ONNX file that other programs run: colours, scaling, normalisation, decoding and, where
/// the layout has it, suppression are inside, so that whoever runs it feeds pixels and reads boxes.
///
/// The same model with the same options gives the same bytes.
public struct ONNXExport {
    /// What the file reads and says.
    public enum Layout: String, CaseIterable, Sendable {
        /// `images` [batch, 3, height, width], red, green and blue from 0 to 1; `output0` [batch, 4 + classes, boxes]:
        /// the centre of each box, its width and height in pixels of the input, and the score of each class. Of a classifier
        /// `output0` [batch, classes] with probabilities. What Ultralytics' programs write.
        case yolo
        /// The same input; `output0` [1, boxes, 6]: corners in pixels of the input, score and class, best first, after
        /// suppression with the detector's own thresholds; rows behind the last box are 0.
        case nms
        /// The same input; `boxes` [1, boxes, 5], corners and score, and `labels` [1, boxes], as ``nms``, for OpenVINO's
        /// Model API.
        case modelAPI = "modelapi"
        /// The same input; the outputs that the network has, under their names, before anything is decoded.
        case raw
    }

    public struct Options: Hashable, Sendable {
        public var layout: Layout
        /// The version of ONNX's operators.
        public var opset: Int
        /// Whether height and width of the input and the number of images are left open, as far as the network and the
        /// layout take others.
        public var isDynamic: Bool
        /// Whether weights are kept as halves. What is computed stays single precision.
        public var isHalf: Bool
        /// Height and width of the input; nil for what suits the model.
        public var size: Extent?

        public init(
            layout: Layout = .yolo, opset: Int = 17, isDynamic: Bool = false, isHalf: Bool = false, size: Extent? = nil
        ) {
            self.layout = layout
            self.opset = opset
            self.isDynamic = isDynamic
            self.isHalf = isHalf
            self.size = size
        }
    }

    /// The versions of ONNX's operators that are spoken.
    public static let opsets = 13...21

    package internal(set) var model: ONNXModel
    public let options: Options
    /// The architecture's name.
    public let architecture: String
    /// In the order of the file's class numbers, which count from 0.
    public let classes: [String]
    /// Height and width that the file is made for, or those that it was made with where they are open.
    public let inputSize: Extent
    public let isSizeFree: Bool
    public let isBatchFree: Bool
    /// Names and dimensions of the outputs; `?` for what is open.
    public var outputs: [String] { model.graph.outputs.map(\.text) }
    public var input: String { model.graph.inputs[0].text }
    /// Texts that go with the file, by what is behind its name: `.labels.txt`.
    let companionTexts: [(suffix: String, text: (String) -> String)]

    init(
        _ writer: ONNXWriter, options: Options, architecture: String, classes: [String], input: ONNXInput,
        metadata: [(key: String, value: String)], companions: [(suffix: String, text: (String) -> String)]
    ) {
        self.options = options
        self.architecture = architecture
        self.classes = classes
        inputSize = input.size
        isSizeFree = input.isSizeFree
        isBatchFree = input.isBatchFree
        companionTexts = companions
        model = ONNXModel()
        // Each version of the operators came with one of the format, and programs refuse what is newer than they are.
        model.irVersion = options.opset < 15 ? 7 : options.opset < 19 ? 8 : options.opset < 21 ? 9 : 10
        model.producer = "needletail"
        model.operatorSets = ["": options.opset]
        model.graph = writer.graph
        model.graph.name = architecture
        model.metadata = metadata
    }

    /// Writes the file, whole or not at all; it is read again before it takes its name.
    ///
    /// - Throws: `FileError`, `CheckpointError`.
    public func write(to path: String) throws { try model.write(to: path) }

    /// Files that go beside the model, each named after it: the names of the classes, a configuration for Frigate, and a
    /// program in Python that finds what the model finds.
    ///
    /// - Parameter path: Of the model.
    public func companions(of path: String) -> [(path: String, text: String)] {
        let (folder, name) = FilePath.split(path)
        let stem = name.hasSuffix(".onnx") ? String(name.dropLast(5)) : name
        return companionTexts.map { (folder + stem + $0.suffix, $0.text(stem)) }
    }

    /// - Throws: ``ONNXError`` for a version that is not spoken.
    static func check(_ options: Options) throws(ONNXError) {
        guard opsets.contains(options.opset) else {
            throw ONNXError(
                .unsupported, subject: "", problem: "opset \(options.opset) is not written",
                remedy: "Those from \(opsets.lowerBound) to \(opsets.upperBound) are: give one with \(setting: .opset)."
            )
        }
    }
}

/// The pixels that a file reads.
struct ONNXInput {
    static let name = "images"

    var size: Extent
    var channels: Int
    var isSizeFree: Bool
    var isBatchFree: Bool

    var dimensions: [ONNXValue.Dimension] {
        [batch, .fixed(channels)]
            + (isSizeFree ? [.free("height"), .free("width")] : [.fixed(size.height), .fixed(size.width)])
    }

    var batch: ONNXValue.Dimension { isBatchFree ? .free("batch") : .fixed(1) }
}

extension ONNXValue {
    /// `images [1, 3, 416, 416]`.
    fileprivate var text: String {
        let sizes = (dimensions ?? []).map { dimension in
            switch dimension {
            case .fixed(let size): "\(size)"
            case .free(let name): name
            }
        }
        return "\(name) [\(sizes.joined(separator: ", "))]"
    }
}

extension Setting {
    public static let opset = Setting(rawValue: "ONNXExport.Options.opset")
    public static let exportLayout = Setting(rawValue: "ONNXExport.Options.layout")
    public static let exportSize = Setting(rawValue: "ONNXExport.Options.size")
}
