import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Files so large that several threads read the list of annotations.
@Suite struct COCOPartsTests {
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

    /// - Parameter broken: The number of an image without a name.
    private func fileOfImages(broken: Int? = nil) -> String {
        var text = #"{"info": {}, "images": ["#
        for number in 0..<Self.count {
            let name = number == broken ? "" : #""file_name": "\#(number).jpg", "#
            text += "\(number == 0 ? "" : ",\n"){\"note\": \"\(Self.padding)\", \(name)\"width\": \(number % 700 + 1), "
            text += "\"height\": 5, \"id\": \(2 * number)}"
        }
        text += #"], "annotations": [{"id": 1, "image_id": 4, "category_id": 3, "bbox": [0, 0, 2, 2]}], "#
        return text + #""categories": [{"id": 3, "name": "thing"}]}"#
    }

    @Test func readsEveryImageOnceAndInOrder() throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset.read(try folder.write(fileOfImages()))
        #expect(dataset.images.count == Self.count)
        let isAsWritten = dataset.images.enumerated().allSatisfy { number, image in
            image.id == .integer(2 * number) && image.fileName == "\(number).jpg" && image.width == number % 700 + 1
        }
        #expect(isAsWritten)
        #expect(dataset.annotations.map(\.image) == [2])
        #expect(dataset.issues.isEmpty)
    }

    @Test(arguments: [2, 30_001, 59_999])
    func namesTheImageThatIsNoGood(broken: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(fileOfImages(broken: broken))
        let error = caught { _ = try Dataset.read(path) }
        let text = error?.description ?? ""
        #expect(text.contains("images[\(broken)] (id \(2 * broken))") && text.contains("file_name"), "\(text)")
        let lenient = try Dataset.read(path, isLenient: true)
        // The only box of the file is in image 2, and goes with it.
        #expect(lenient.images.count == Self.count - 1 && lenient.refusals.count == (broken == 2 ? 2 : 1))
    }
}
