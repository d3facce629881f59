import NeedletailGeometry
import NeedletailImages
import NeedletailModels

/// What a detector's outputs mean, and what its input is to be: a convention that programs which write ONNX files have.
protocol ONNXDetectorLayout: Sendable {
    /// What a person calls it.
    static var name: String { get }
    /// Whose it is, in a few words.
    static var origin: String { get }

    /// The layout, if a network may have it.
    init?(_ network: ONNXDetectorShape)

    /// What its input is, unless a file or a person says otherwise.
    var input: ONNXInputConvention { get }
    /// Classes that the outputs tell apart; nil where they only number what they find.
    var classCount: Int? { get }
    /// The output that stands for a category's first class: 1 where 0 is the background.
    var firstClass: Int { get }
    /// Whether boxes that overlap have been suppressed already.
    var isSuppressed: Bool { get }

    /// What else the network is given, such as the size of the photograph.
    func otherInputs(_ placement: ImagePlacement, padded: Image.Size) -> [String: ONNXTensor]

    /// The boxes of an image, in pixels of the network's input.
    ///
    /// - Parameter outputs: In the order of the file.
    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate]
}

extension ONNXDetectorLayout {
    var classCount: Int? { nil }
    var firstClass: Int { 0 }
    var isSuppressed: Bool { false }
    func otherInputs(_ placement: ImagePlacement, padded: Image.Size) -> [String: ONNXTensor] { [:] }
}

/// The kinds that are known, the surest first. A new one is a file and a line here.
enum ONNXDetectorLayouts {
    static let known: [any ONNXDetectorLayout.Type] = [
        QueriesLayout.self, SizedQueriesLayout.self, TensorFlowLayout.self, DetectionListLayout.self,
        SeparateListsLayout.self,
        EndToEndLayout.self, YOLOXLayout.self, NanoDetLayout.self, YOLOv5Layout.self, YOLOv8Layout.self,
    ]

    static func named(_ name: String) -> (any ONNXDetectorLayout.Type)? { known.first { $0.name == name } }

    static var names: [String] { known.map { $0.name } }
}

/// What a layout is recognised by: names and shapes of inputs and outputs, and what the file says beside them.
struct ONNXDetectorShape {
    var inputNames: [String]
    var outputNames: [String]
    /// In the order of the file, for the input size.
    var outputs: [[Int]]
    var input: Image.Size
    var metadata: [String: String]
    /// Names of classes, where they are known.
    var classNames: [String]?

    /// Cells of all levels of some strides.
    func cells(_ strides: [Int]) -> Int {
        strides.reduce(0) { $0 + (input.height + $1 - 1) / $1 * ((input.width + $1 - 1) / $1) }
    }

    func output(named names: String...) -> Int? { outputNames.firstIndex { names.contains($0) } }
}

/// How a network reads pixels.
struct ONNXInputConvention {
    var fit = InputTransform.Fit.inside
    var channelOrder = InputTransform.ChannelOrder.rgb
    /// Of red, green and blue on a scale of 0 to 1.
    var mean = SIMD3<Float>.zero
    /// Numbers from 0 to 1 unless it says otherwise.
    var deviation = SIMD3<Float>(repeating: 1)
    var fill: Float? = 114
    /// Of the input's sides, where the file leaves them open.
    var usualSide = 640
    var postProcessing = PostProcessing(scoreThreshold: 0.01, overlapThreshold: 0.65, candidatesPerLevel: 10_000)

    static let bytes = SIMD3<Float>(repeating: 1 / 255)
    static let imageNet = (mean: SIMD3<Float>(0.485, 0.456, 0.406), deviation: SIMD3<Float>(0.229, 0.224, 0.225))
}

/// What decoding needs to know of an image.
struct ONNXDetectorView {
    /// Of the network's input, padding included.
    var input: Image.Size
    var placement: ImagePlacement
    var scoreThreshold: Float
    var candidateLimit: Int

    /// Boxes of the photograph's pixels in those of the input.
    func fromOriginal(_ box: Corners) -> Corners {
        box.scaled(
            byX: Float(placement.resized.width) / Float(max(placement.original.width, 1)),
            y: Float(placement.resized.height) / Float(max(placement.original.height, 1)))
    }

    /// Boxes in shares of the input.
    func fromShares(_ box: Corners) -> Corners { box.scaled(byX: Float(input.width), y: Float(input.height)) }

    /// The best candidates, best first, no more than the limit.
    func best(_ candidates: [DetectionCandidate]) -> [DetectionCandidate] {
        let order = candidates.indices.sorted {
            candidates[$0].score == candidates[$1].score ? $0 < $1 : candidates[$0].score > candidates[$1].score
        }
        return order.prefix(candidateLimit).map { candidates[$0] }
    }
}

extension Corners {
    /// A box of its centre and size.
    init(centerX: Float, y centerY: Float, width: Float, height: Float) {
        self.init(centerX - width / 2, centerY - height / 2, centerX + width / 2, centerY + height / 2)
    }
}
