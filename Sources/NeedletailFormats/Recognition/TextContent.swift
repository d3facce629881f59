import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// What a text file is that is part of a dataset and given in the place of it, from its first line.
enum TextContent {
    /// - Throws: ``AnnotationError`` that says what the file is and what to give.
    static func check(_ line: String, _ path: String) throws(AnnotationError) {
        let fields = line.split { " \t\r".contains($0) }.map(String.init)
        guard let first = fields.first else { return }
        let areNumbers = fields.allSatisfy { TextNumber.double($0) != nil }
        if areNumbers, fields.count >= 5 {
            throw AnnotationError(
                .notFound, file: path, problem: "these are the labels of one image in YOLO's form",
                remedy: "Give the folder that holds images and labels, or the YAML file that names them")
        }
        if fields.count >= 15, !areNumbers, fields.dropFirst().suffix(14).allSatisfy({ TextNumber.double($0) != nil }) {
            throw AnnotationError(
                .notFound, file: path, problem: "these are the labels of one image in KITTI's form",
                remedy: "Give the folder that holds image_2 and label_2")
        }
        if ImageFileName.isImage(line.trimmingSpaces()), !first.contains(",") {
            throw AnnotationError(
                .notFound, file: path, problem: "this is a list of images, without their boxes",
                remedy: "Give the YAML file or the obj.data that names the list, or the folder of the dataset")
        }
    }
}
