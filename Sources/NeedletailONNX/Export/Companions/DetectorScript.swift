import NeedletailKernels
import NeedletailModels

/// A short program in Python that finds with a file what the detector finds.
struct DetectorScript {
    let stem: String
    let layout: ONNXExport.Layout
    let input: ONNXInput
    let transform: InputTransform
    let limits: PostProcessing
    let keepsBestClassOnly: Bool
    let clipsCandidates: Bool

    var text: String {
        """
        # Lists what \(stem).onnx finds in a photograph, as 'needletail detect' does: class, score, and left, top, width and
        # height in pixels. Needs onnxruntime, numpy and opencv-python.
        import sys
        from pathlib import Path

        import cv2
        import numpy as np
        import onnxruntime

        model = Path(__file__).parent / \(pythonLiteral(stem + ".onnx"))
        names = model.with_name(\(pythonLiteral(stem + ".labels.txt"))).read_text(encoding="utf-8").split("\\n")
        image = cv2.cvtColor(cv2.imread(sys.argv[1]), cv2.COLOR_BGR2RGB).astype(np.float32) / 255
        height, width = image.shape[:2]
        \(placement)
        canvas = np.full((*rows_columns, 3), \(pythonLiteral(transform.surround)), np.float32)
        canvas[: size[1], : size[0]] = cv2.resize(image, size)
        outputs = onnxruntime.InferenceSession(model).run(None, {"images": canvas.transpose(2, 0, 1)[None]})
        \(reading)
        corners = corners.reshape(-1, 2, 2).clip(0, size) * (width / size[0], height / size[1])
        for (low, high), score, index in zip(corners, scores, classes):
            print(f"{names[int(index)]}  {score:.4f}  {low[0]:.2f} {low[1]:.2f} {high[0] - low[0]:.2f} {high[1] - low[1]:.2f}")

        """
    }

    /// How large the image becomes, and what surrounds it.
    private var placement: String {
        let (height, width) = (input.size.height, input.size.width)
        if transform.fit == .stretch {
            return """
                rows_columns, size = (\(height), \(width)), (\(width), \(height))
                """
        }
        guard input.isSizeFree else {
            return """
                scale = min(\(height) / height, \(width) / width)
                rows_columns, size = (\(height), \(width)), (max(int(width * scale), 1), max(int(height * scale), 1))
                """
        }
        let scale =
            transform.fit == .shorterSide
            ? "min(\(transform.minimumSize) / min(height, width), \(transform.maximumSize) / max(height, width))"
            : "\(transform.minimumSize) / max(height, width)"
        let side = "[-(-side // \(transform.divisor)) * \(transform.divisor) for side in size[::-1]]"
        return """
            scale = \(scale)
            size = max(int(width * scale), 1), max(int(height * scale), 1)
            rows_columns = \(transform.fit == .square ? "(\(transform.minimumSize), \(transform.minimumSize))" : side)
            """
    }

    private var reading: String {
        switch layout {
        case .nms: return "corners, scores, classes = np.split(outputs[0][0], (4, 5), axis=1)" + shown
        case .modelAPI:
            return """
                corners, scores = np.split(outputs[0][0], (4,), axis=1)
                classes = outputs[1][0]\(shown)
                """
        case .yolo, .raw:
            let best =
                keepsBestClassOnly ? "\nscores[scores < scores.max(axis=1, keepdims=True)] = 0" : ""
            let clipped = clipsCandidates ? ".reshape(-1, 2, 2).clip(0, size).reshape(-1, 4)" : ""
            return """
                boxes, scores = outputs[0][0].T[:, :4], outputs[0][0].T[:, 4:].copy()\(best)
                places, classes = np.nonzero(scores > \(limits.scoreThreshold))
                scores, boxes = scores[places, classes], boxes[places]
                corners = np.hstack([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2])\(clipped)
                sized = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
                kept = list(cv2.dnn.NMSBoxesBatched(sized, scores, classes, \(limits.scoreThreshold), \(limits.overlapThreshold)))
                kept = sorted(kept, key=lambda place: -scores[place])[:\(limits.detectionsPerImage)]
                corners, scores, classes = corners[kept], scores[kept], classes[kept]
                """
        }
    }

    /// Rows of zeros are none.
    private var shown: String {
        """

        corners, scores, classes = (values.squeeze()[scores.squeeze() > 0] for values in (corners, scores, classes))
        """
    }
}
