import NeedletailKernels
import NeedletailModels

/// What consumers look for among a file's metadata.
struct FileMetadata {
    var options: ONNXExport.Options
    var input: ONNXInput
    var architecture: String
    var classes: [String]
    /// `detect` or `classify`.
    var task: String
    /// What height and width of the input are multiples of.
    var stride: Int

    /// What Ultralytics' programs read, as texts of Python.
    var ultralytics: [(key: String, value: String)] {
        func truth(_ value: Bool) -> String { value ? "True" : "False" }
        let names = classes.enumerated().map { "\($0): \(pythonLiteral($1))" }.joined(separator: ", ")
        let arguments =
            "{'batch': 1, 'half': \(truth(options.isHalf)), 'dynamic': \(truth(input.isSizeFree)), "
            + "'nms': \(truth(options.layout == .nms))}"
        return [
            ("description", "Needletail \(architecture)"), ("author", "Needletail"), ("stride", "\(stride)"),
            ("task", task), ("batch", "1"), ("imgsz", "[\(input.size.height), \(input.size.width)]"),
            ("names", "{\(names)}"), ("channels", "\(input.channels)"), ("args", arguments),
        ]
    }

    /// What OpenVINO's Model API reads: lists of words with spaces between.
    func modelAPI(_ further: [(key: String, value: String)]) -> [(key: String, value: String)] {
        let labels = classes.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: "_") }
        // Images come as OpenCV reads them, in bytes.
        let scale = [String](repeating: "255.0", count: input.channels).joined(separator: " ")
        let facts: [(key: String, value: String)] =
            [
                ("labels", labels.joined(separator: " ")), ("scale_values", scale),
                ("reverse_input_channels", input.channels == 3 ? "True" : "False"),
            ] + further
        return facts.map { ("model_info \($0.key)", $0.value) }
    }

    /// Names of the classes, a line each.
    var labels: String {
        classes.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
    }
}
