import NeedletailKernels
import NeedletailModels

/// What goes with a classifier's file: metadata, and files beside it.
struct ClassifierFacts {
    private let file: FileMetadata
    private let configuration: Classifier.Configuration
    private let transform: InputTransform

    init(
        _ configuration: Classifier.Configuration, options: ONNXExport.Options, input: ONNXInput,
        transform: InputTransform
    ) {
        self.configuration = configuration
        self.transform = transform
        file = FileMetadata(
            options: options, input: input, architecture: configuration.architecture.name,
            classes: configuration.classes, task: "classify", stride: 1)
    }

    var metadata: [(key: String, value: String)] {
        switch file.options.layout {
        case .yolo, .nms, .raw: file.ultralytics + [(ONNXClassifier.inputKey, ONNXClassifier.inputText(transform))]
        case .modelAPI:
            file.modelAPI([
                ("model_type", "Classification"), ("task_type", "classification"),
                ("resize_type", transform.fit == .middle ? "crop" : "standard"),
                ("multilabel", configuration.output == .anyClasses ? "True" : "False"),
            ])
        }
    }

    var companions: [(suffix: String, text: (String) -> String)] {
        [(".labels.txt", { _ in file.labels })]
            + (file.options.layout == .yolo ? [(".py", script)] : [])
    }

    private func script(_ stem: String) -> String {
        let (height, width) = (file.input.size.height, file.input.size.width)
        let isGray = transform.channels == 1
        let crop =
            transform.fit == .middle
            ? """

            side = max(min(image.shape[:2]) * \(transform.minimumSize) // \(max(transform.maximumSize, transform.minimumSize)), 1)
            top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
            image = image[top : top + side, left : left + side]
            """ : ""
        let shrinking =
            transform.fit == .middle || transform.fit == .whole
            ? """

            factor = min(image.shape[1] // \(width), image.shape[0] // \(height))
            if factor > 1:
                rows, columns = image.shape[0] // factor, image.shape[1] // factor
                blocks = image[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor, -1)
                image = (blocks.sum(axis=(1, 3), dtype=np.uint32) + factor * factor // 2) // (factor * factor)
            """ : ""
        return """
            # Lists what \(stem).onnx takes a picture for, most probable first, as 'needletail classify predict' does.
            # Needs onnxruntime, numpy and opencv-python.
            import sys
            from pathlib import Path

            import cv2
            import numpy as np
            import onnxruntime

            model = Path(__file__).parent / \(pythonLiteral(stem + ".onnx"))
            names = model.with_name(\(pythonLiteral(stem + ".labels.txt"))).read_text(encoding="utf-8").split("\\n")
            image = cv2.cvtColor(cv2.imread(sys.argv[1]), cv2.COLOR_BGR2RGB)\
            \(isGray ? "\nimage = ((image.astype(np.uint32) @ (19595, 38470, 7471) + 0x8000) >> 16)[..., None]" : "")\
            \(crop)\(shrinking)
            image = cv2.resize(image.astype(np.float32) / 255, (\(width), \(height))).reshape(\(height), \(width), \(transform.channels))
            outputs = onnxruntime.InferenceSession(model).run(None, {"images": image.transpose(2, 0, 1)[None]})
            for index in np.argsort(-outputs[0][0], kind="stable")[:5]:
                print(f"{names[index]}  {outputs[0][0][index]:.4f}")

            """
    }
}
