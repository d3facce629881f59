import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// The boxes of an image as Kaggle's competitions write them in one field: groups of `score x y width height`, or of `class score
/// xmin ymin xmax ymax`.
///
/// Which of the two is told by how many words there are; where both fit, by the scores, which are from 0 to 1.
struct PredictionString {
    struct Found {
        /// Nil where there is but one class.
        var category: String?
        var score: Double
        var box: Box
    }

    let boxes: [Found]

    /// - Throws: ``AnnotationError`` with the line of a field that is neither.
    init(_ text: String, file: String, line: Int) throws(AnnotationError) {
        let words = text.split { " \t\n\"'".contains($0) }.map(String.init)
        if words.isEmpty {
            boxes = []
            return
        }
        let readings = [Self.withClasses(words), Self.withoutClasses(words)].compactMap(\.self)
        guard let best = readings.first(where: Self.isLikely) ?? readings.first else {
            throw AnnotationError(
                .schema, file: file, line: line,
                problem: "the boxes are \"\(text.prefix(60))\", groups of neither five nor six",
                remedy: "Write them as score x y width height, or as class score xmin ymin xmax ymax")
        }
        boxes = best
    }

    private static func isLikely(_ boxes: [Found]) -> Bool {
        boxes.allSatisfy { (0...1).contains($0.score) && $0.box.width >= 0 && $0.box.height >= 0 }
    }

    private static func groups(_ words: [String], of count: Int) -> [ArraySlice<String>]? {
        guard words.count.isMultiple(of: count) else { return nil }
        return stride(from: 0, to: words.count, by: count).map { words[$0..<$0 + count] }
    }

    private static func withClasses(_ words: [String]) -> [Found]? {
        var found: [Found] = []
        for group in groups(words, of: 6) ?? [] {
            let numbers = group.dropFirst().compactMap { TextNumber.double($0) }
            guard numbers.count == 5 else { return nil }
            found.append(
                Found(
                    category: group.first, score: numbers[0],
                    box: Box(left: numbers[1], top: numbers[2], right: numbers[3], bottom: numbers[4])))
        }
        return found.isEmpty ? nil : found
    }

    private static func withoutClasses(_ words: [String]) -> [Found]? {
        var found: [Found] = []
        for group in groups(words, of: 5) ?? [] {
            let numbers = group.compactMap { TextNumber.double($0) }
            guard numbers.count == 5 else { return nil }
            found.append(
                Found(
                    category: nil, score: numbers[0],
                    box: Box(x: numbers[1], y: numbers[2], width: numbers[3], height: numbers[4])))
        }
        return found.isEmpty ? nil : found
    }
}
