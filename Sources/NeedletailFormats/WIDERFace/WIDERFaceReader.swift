import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads a file of WIDER FACE, as it is published and as programs write it.
///
/// Panlabel puts the number of images first. Datumaro writes no number for an image without boxes, the name of a class behind
/// the row of a box that is no face, and the six attributes in another order, with `True`, `False` and `-` among them.
struct WIDERFaceReader {
    let path: String
    let isLenient: Bool
    let batch = RecordBatch(source: 0)
    /// Whether the number of boxes is due, behind the name of an image.
    private var isInImage = false
    /// Boxes that the image is said to have and that did not come yet; whether a row of zeros may stand in their place.
    private var left = 0
    private var mayBeEmpty = false
    /// Whether the file is one of Datumaro's.
    private var isDatumaro = false

    init(path: String, isLenient: Bool) { (self.path, self.isLenient) = (path, isLenient) }

    private static let datumaroAttributes = ["blur", "expression", "illumination", "occlusion", "pose", "invalid"]

    static func isCount(_ text: String) -> Bool { Int(text).map { $0 >= 0 } ?? false }

    mutating func read() throws {
        var isFirst = true
        for line in TextLines(try ByteSource.annotations(path)) where !line.fields.isEmpty {
            let isNumberOfImages = isFirst && Self.isCount(line.string.trimmingSpaces())
            isFirst = false
            if isNumberOfImages { continue }
            do { try take(line) } catch let error as AnnotationError where isLenient { batch.refusals.append(error) }
        }
        // What ends with a name is a part of a file, or one of Datumaro's whose last image has no boxes.
        guard left > 0 || isInImage && !isDatumaro else { return }
        let error = failure(nil, "the file ends before the boxes of its last image", "Copy or download it again")
        guard isLenient else { throw error }
        batch.refusals.append(error)
    }

    private mutating func take(_ line: TextLines.Line) throws {
        let text = line.string.trimmingSpaces()
        if ImageFileName.isImage(text), left == 0 {
            if isInImage { isDatumaro = true }
            batch.addImage(name: text, width: 0, height: 0)
            (isInImage, mayBeEmpty) = (true, false)
        } else if isInImage {
            isInImage = false
            guard let count = Int(text), count >= 0 else {
                throw failure(
                    line, "the number of faces is \"\(text.prefix(40))\"", "Write a whole number there")
            }
            (left, mayBeEmpty) = (count, count == 0)
        } else {
            try addBox(line)
        }
    }

    private mutating func addBox(_ line: TextLines.Line) throws {
        let words = line.string.split { $0 == " " || $0 == "\t" }.map(String.init)
        let values = words.prefix(4).compactMap { TextNumber.double($0) }
        let attributes = words.dropFirst(4).prefix(6).prefix { Self.attribute($0) != nil }
        let name = words.dropFirst(4 + attributes.count).joined(separator: " ")
        // A class stands behind all attributes or none.
        guard values.count == 4, name.isEmpty || attributes.isEmpty || attributes.count == 6 else {
            throw failure(
                line, "this is neither an image nor a box: \"\(line.string.trimmingSpaces().prefix(60))\"",
                "Write rows as x y width height blur expression illumination invalid occlusion pose")
        }
        if mayBeEmpty, values.allSatisfy({ $0 == 0 }), name.isEmpty {
            mayBeEmpty = false
            return
        }
        guard left > 0 else {
            throw failure(
                line, "there are more boxes than the image is said to have", "Correct the number above them")
        }
        left -= 1
        let isTheirs = !name.isEmpty || attributes.contains { TextNumber.double($0) == nil }
        isDatumaro = isDatumaro || isTheirs
        for (key, word) in zip(isTheirs ? Self.datumaroAttributes : WIDERFaceFormat.attributes, attributes) {
            guard let value = Self.attribute(word), value != 0 else { continue }
            batch.extras.add(key, .double(value))
        }
        batch.addObject(
            category: batch.category(name.isEmpty ? "face" : name),
            box: Box(x: values[0], y: values[1], width: values[2], height: values[3]))
    }

    private static func attribute(_ word: String) -> Double? {
        switch word {
        case "True": 1
        case "False", "-": 0
        default: TextNumber.double(word)
        }
    }

    private func failure(_ line: TextLines.Line?, _ problem: String, _ remedy: Remedy) -> AnnotationError {
        AnnotationError(.schema, file: path, line: line?.number, problem: problem, remedy: remedy)
    }
}
