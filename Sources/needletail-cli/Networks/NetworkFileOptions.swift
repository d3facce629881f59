import ArgumentParser
import Needletail
import NeedletailErrors
import NeedletailKernels

/// What a network's file does not say of itself.
struct NetworkFileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How the outputs of an ONNX file are to be read, where they are not recognised: "
                + ONNXDetector.layouts.map(\.name).joined(separator: ", ") + "."))
    var layout: String?

    @Option(help: "A file with the names of an ONNX file's classes, a line each, where it does not hold them.")
    var classes: String?

    @Option(help: "The number that an ONNX file's input has for white, 1 or 255, where it is not recognised.")
    var scale: Float?

    func validate() throws {
        guard layout == nil || ONNXDetector.layouts.contains(where: { $0.name == layout }) else {
            throw ValidationError(
                "--layout: there is no '\(layout ?? "")'."
                    + "\(NearestName.question(layout ?? "", among: ONNXDetector.layouts.map(\.name))) Layouts are "
                    + ONNXDetector.layouts.map { "\($0.name) (\($0.origin))" }.joined(separator: ", ") + ".")
        }
        guard scale.map({ $0 == 1 || $0 == 255 }) ?? true else { throw ValidationError("--scale takes 1 or 255.") }
    }

    /// - Throws: `CheckpointError`, `ONNXError`, ``CommandError``.
    func detector(_ path: String, pool: ThreadPool) throws -> any ObjectDetector {
        guard try ONNXFile.isONNX(path) else {
            let given = [
                layout.map { _ in "--layout" }, classes.map { _ in "--classes" }, scale.map { _ in "--scale" },
            ]
            if let flag = given.compactMap(\.self).first {
                throw CommandError("\(flag): this is about ONNX files, and \(path) is none. Leave it out.")
            }
            return try DenseDetector(contentsOf: path)
        }
        let names = try classes.map { try ClassifierFile.names($0) }
        return try ONNXDetector(
            contentsOf: path, options: .init(layout: layout, classNames: names, white: scale), pool: pool)
    }
}
