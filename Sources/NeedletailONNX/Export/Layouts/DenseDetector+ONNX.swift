import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels

extension ONNXExport {
    /// Writes a detector.
    ///
    /// - Throws: ``ONNXError`` for what cannot be said in ONNX, and `GraphError` for an input that the network cannot take.
    public init(_ detector: DenseDetector, options: Options = Options()) throws {
        try Self.check(options)
        let configuration = detector.configuration, network = configuration.network
        let size = try Self.size(configuration, options)
        let export = try ONNXGraphExport(
            detector.graph,
            inputs: [TensorType(TensorShape(batch: 1, height: size.height, width: size.width, channels: 3))])
        let input = ONNXInput(
            size: size, channels: 3,
            isSizeFree: options.isDynamic && network.inputSize == nil && export.allowsOtherSizes,
            isBatchFree: options.isDynamic && (options.layout == .yolo || options.layout == .raw))
        let outputNames: [String] =
            switch options.layout {
            case .yolo, .nms: ["output0"]
            case .modelAPI: ["boxes", "labels"]
            case .raw: detector.graph.outputs.map(\.name)
            }
        let writer = ONNXWriter(
            opset: options.opset, isHalf: options.isHalf, reserved: [ONNXInput.name] + outputNames)
        let pixels = writer.input(ONNXInput.name, input.dimensions)
        let values = try export.write(
            to: writer, reading: configuration.transform.write(to: writer, reading: pixels),
            isSizeFree: input.isSizeFree)
        let categories = configuration.categories.sorted { $0.classIndex < $1.classIndex }
        if options.layout == .raw {
            for output in detector.graph.outputs { writer.output(output.name, values[output.name], of: input) }
        } else {
            guard let decodable = network as? any ONNXDecodable else {
                throw ONNXError(
                    .unsupported, subject: network.name, problem: "how its boxes are decoded is not said in ONNX",
                    remedy: "Take \(setting: .exportLayout) raw, the outputs as the network has them.")
            }
            let levels = detector.network.levels.enumerated().map { index, level in
                func output(_ kind: DenseNetwork.Prediction) -> (value: String, type: TensorType)? {
                    values["\(kind.rawValue).\(level.name)"]
                }
                let map = output(.regression)?.type.shape
                return ONNXLevel(
                    writer: writer, index: index, name: level.name, stride: level.stride,
                    values: Dictionary(
                        uniqueKeysWithValues: DenseNetwork.Prediction.allCases.compactMap { kind in
                            output(kind).map { (kind, $0.value) }
                        }), map: Extent(height: map?.height ?? 0, width: map?.width ?? 0), input: input)
            }
            decodable.write(
                levels, categories: categories.map { network.output(ofClass: $0.classIndex) },
                configuration.postProcessing, input: input, layout: options.layout, to: writer)
        }
        let facts = DetectorFacts(detector, options: options, input: input, classes: categories.map(\.name))
        self.init(
            writer, options: options, architecture: network.name, classes: categories.map(\.name), input: input,
            metadata: facts.metadata + [(DenseDetector.configurationKey, try configuration.metadataText)],
            companions: facts.companions)
    }

    private static func size(
        _ configuration: DenseDetector.Configuration, _ options: Options
    ) throws(ONNXError) -> Extent {
        let usual = configuration.transform.exportedSize, divisor = configuration.transform.divisor
        guard let size = options.size else { return Extent(height: usual.height, width: usual.width) }
        if let only = configuration.network.inputSize, size != Extent(only) {
            throw ONNXError(
                .unsupported, subject: configuration.network.name,
                problem: "its input is \(only)x\(only) pixels and no other, not \(size)",
                remedy: "Leave \(setting: .exportSize) out.")
        }
        guard size.height.isMultiple(of: divisor), size.width.isMultiple(of: divisor) else {
            func near(_ side: Int) -> Int { max((side + divisor / 2) / divisor, 1) * divisor }
            throw ONNXError(
                .unsupported, subject: configuration.network.name,
                problem: "height and width of its input are multiples of \(divisor), and \(size) are not",
                remedy: "Give \(near(size.height))x\(near(size.width)) with \(setting: .exportSize).")
        }
        return size
    }
}

extension ONNXDecodable {
    /// Writes boxes and scores as a layout has them.
    fileprivate func write(
        _ levels: [ONNXLevel], categories: [Int], _ limits: PostProcessing, input: ONNXInput,
        layout: ONNXExport.Layout, to writer: ONNXWriter
    ) {
        var (boxes, scores) = decoded(levels, categories: categories, to: writer)
        if clipsCandidates { boxes = boxes.clipped(writer, to: input) }
        if layout == .yolo {
            let centers = boxes.centers(writer)
            let count = levels.reduce(0) { $0 + $1.map.area * anchorCount(level: $1.index) }
            writer.output(
                "output0",
                writer.concatenate([centers.first, centers.second, scores], axis: 1, named: "predictions"),
                [
                    input.batch, .fixed(4 + categories.count),
                    input.isSizeFree ? .free("boxes") : .fixed(count),
                ])
            return
        }
        if keepsBestClassOnly, categories.count > 1 {
            let best = writer.reduce("ReduceMax", scores, axes: [1], named: "scores/best")
            let isBest = writer.node("GreaterOrEqual", [scores, best], named: "scores/is-best")
            scores = writer.node(
                "Where", [isBest, scores, writer.float(0, named: "scores/zero")], named: "scores/of-best")
        }
        let found = limits.write(boxes: boxes.corners(writer), scores: scores, to: writer)
        let limit = limits.limit
        func columns(_ range: Range<Int>, _ shape: [Int]) -> String {
            writer.reshape(
                writer.slice(
                    found, axes: [1], from: [range.lowerBound], to: [range.upperBound], named: "found/columns"),
                shape, named: "found/columns")
        }
        guard layout == .modelAPI else {
            writer.output(
                "output0", writer.reshape(found, [1, limit, 6], named: "found"), [.fixed(1), .fixed(limit), .fixed(6)])
            return
        }
        writer.output("boxes", columns(0..<5, [1, limit, 5]), [.fixed(1), .fixed(limit), .fixed(5)])
        writer.output(
            "labels", writer.cast(columns(5..<6, [1, limit]), to: .int64, named: "found/labels"),
            [.fixed(1), .fixed(limit)], .int64)
    }
}
