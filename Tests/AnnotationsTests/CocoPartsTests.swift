import NeedletailAnnotations
import NeedletailGeometry
import Testing

/// Files so large that several threads read the list of annotations.
@Suite struct CocoPartsTests {
    private static let count = 60_000

    /// - Parameters:
    ///   - field: An unmodelled field of every annotation, which makes up most of the file.
    ///   - broken: The number of an annotation without an image.
    private func file(field: String, broken: Int? = nil) -> String {
        var text = #"{"images": [{"id": 7, "file_name": "a.jpg", "width": 900, "height": 900}], "#
        text += #""categories": [{"id": 3, "name": "thing"}], "annotations": ["#
        for number in 0..<Self.count {
            let image = number == broken ? "" : #""image_id": 7, "#
            text += "\(number == 0 ? "" : ", ")\n{\(field), \(image)\"category_id\": 3, \"id\": \(number + 1), "
            text += "\"bbox\": [\(number % 500), 1, \(number % 97 + 2), 4.5]}"
        }
        return text + "]}"
    }

    private static let padding = String(repeating: "x", count: 250)

    /// Plain records; records that hold what looks like further ones, in a list and in a text; keys in odd places.
    @Test(arguments: [
        #""note": "\#(padding)""#,
        #""history": [{"note": "\#(padding)"}, {"image_id": 7, "category_id": 3, "id": 1, "bbox": [1, 2, 3, 4]}]"#,
        #""note": "\#(padding), {\"image_id\": 7, \"category_id\": 3, \"id\": 5}""#,
        #""note": ["\#(padding)", {}, {"a": [{}, {"image_id": 7, "category_id": 3}]}]"#,
    ])
    func readsEveryRecordOnceAndInOrder(field: String) throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset.read(try folder.write(file(field: field)))
        #expect(dataset.annotations.count == Self.count)
        let isAsWritten = dataset.annotations.enumerated().allSatisfy { number, annotation in
            annotation.id == .integer(number + 1)
                && annotation.box == Box(x: Double(number % 500), y: 1, width: Double(number % 97 + 2), height: 4.5)
        }
        #expect(isAsWritten)
        #expect(dataset.issues.isEmpty)
    }

    @Test(arguments: [3, 29_999, 30_001, 59_999])
    func namesTheRecordThatIsNoGood(broken: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(file(field: #""note": "\#(Self.padding)""#, broken: broken))
        let error = caught { _ = try Dataset.read(path) }
        let text = error?.description ?? ""
        #expect(text.contains("annotations[\(broken)]") && text.contains("image_id"), "\(text)")
    }
}
