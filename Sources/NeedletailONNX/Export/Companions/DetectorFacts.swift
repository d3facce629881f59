import NeedletailKernels
import NeedletailModels
import NeedletailPlatform

/// What goes with a detector's file: metadata, and files beside it.
struct DetectorFacts {
    private let file: FileMetadata
    private let transform: InputTransform
    private let limits: PostProcessing
    private let decoding: (any ONNXDecodable)?
    /// The score from which detections are best shown.
    private let threshold: Double

    init(_ detector: DenseDetector, options: ONNXExport.Options, input: ONNXInput, classes: [String]) {
        transform = detector.configuration.transform
        limits = detector.configuration.postProcessing
        decoding = detector.configuration.network as? any ONNXDecodable
        threshold = detector.scoreThresholds?.overall ?? 0.5
        file = FileMetadata(
            options: options, input: input, architecture: detector.configuration.network.name, classes: classes,
            task: "detect", stride: transform.divisor)
    }

    var metadata: [(key: String, value: String)] {
        switch file.options.layout {
        case .yolo, .nms, .raw: return file.ultralytics
        case .modelAPI:
            let gray = transform.surround
            return file.modelAPI([
                ("model_type", "SSD"), ("task_type", "detection"), ("confidence_threshold", "\(threshold)"),
                ("iou_threshold", "\(limits.overlapThreshold)"),
                ("resize_type", transform.fit == .stretch ? "standard" : "fit_to_window"),
                ("pad_value", "\(Int(saturating: ((gray.x + gray.y + gray.z) / 3 * 255).rounded()))"),
            ])
        }
    }

    var companions: [(suffix: String, text: (String) -> String)] {
        var companions: [(suffix: String, text: (String) -> String)] = [(".labels.txt", { _ in file.labels })]
        if file.options.layout == .yolo, !file.input.isSizeFree { companions.append((".frigate.yml", frigate)) }
        if file.options.layout != .raw { companions.append((".py", script)) }
        return companions
    }

    private func frigate(_ stem: String) -> String {
        """
        # For Frigate's config.yml, with the model and its labels in the folder config/model_cache.
        detectors:
          onnx:
            type: onnx
        model:
          model_type: yolo-generic
          path: "/config/model_cache/\(stem).onnx"
          labelmap_path: "/config/model_cache/\(stem).labels.txt"
          width: \(file.input.size.width)
          height: \(file.input.size.height)
          input_tensor: nchw
          input_dtype: float
          input_pixel_format: rgb

        """
    }

    private func script(_ stem: String) -> String {
        DetectorScript(
            stem: stem, layout: file.options.layout, input: file.input, transform: transform, limits: limits,
            keepsBestClassOnly: decoding?.keepsBestClassOnly ?? false,
            clipsCandidates: decoding?.clipsCandidates ?? false
        ).text
    }
}
