import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// A text file with the path of an image on each line.
enum ListOfImages {
    /// The paths, with slashes between folders.
    ///
    /// - Throws: ``FileError``; ``AnnotationError`` for a list whose lines hold boxes as well.
    static func names(_ path: String) throws -> [String] {
        try TextLines(try ByteSource.smallAnnotations(path)).compactMap { line in
            let name = String(line.string.trimmingSpaces().map { $0 == "\\" ? "/" : $0 })
            guard !name.isEmpty else { return nil }
            if holdsBoxes(name) { throw boxes(in: path, line: line.number) }
            return name
        }
    }

    /// Whether a line is keras-yolo3's: a path and, with spaces between them, boxes `x1,y1,x2,y2,class`.
    static func holdsBoxes(_ line: String) -> Bool {
        let words = line.split(separator: " ")
        guard let last = words.last, words.count > 1 else { return false }
        let numbers = last.split(separator: ",", omittingEmptySubsequences: false)
        return numbers.count == 5 && numbers.allSatisfy { TextNumber.double(String($0)) != nil }
    }

    private static func boxes(in path: String, line: Int) -> AnnotationError {
        AnnotationError(
            .schema, file: path, line: line,
            problem: "the list is keras-yolo3's, with boxes x1,y1,x2,y2,class in pixels behind each path, and no YOLO",
            remedy: "Give the list itself, which is read as keras-yolo3")
    }
}
