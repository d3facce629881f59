import Foundation
import NeedletailDatasets
import NeedletailFormats
import ProgramRunner
import Testing

/// Annotation files in other encodings than UTF-8: the right names, or an error that says what to do.
@Suite struct EncodingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// 左转 and 右转 in GBK.
    private static let left: [UInt8] = [0xD7, 0xF3, 0xD7, 0xAA]
    private static let right: [UInt8] = [0xD3, 0xD2, 0xD7, 0xAA]

    private func write(_ parts: [[UInt8]], to name: String) throws -> String {
        try folder.write(Data(parts.flatMap(\.self)), to: name)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func names(_ path: String) throws -> [String] {
        let dataset = try Dataset.read(path)
        return dataset.annotations.map { dataset.categories[$0.category].name }
    }

    private func wide(_ text: String) -> Data {
        Data([0xFF, 0xFE]) + Data(text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    }

    private func expectHint(_ error: AnnotationError?, file: String, line: Int) {
        #expect(error?.file == folder(file) && error?.line == line, "\(String(describing: error))")
        #expect(error?.problem.contains("probably GB18030") == true)
        #expect(error?.remedy.map { "\($0)".contains("iconv -f GB18030 -t UTF-8") } == true)
    }

    @Test func tablesInGBK() throws {
        let header = bytes("filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,100,80,")
        let path = try write(
            [header, Self.left, bytes(",10,20,40,60\na.jpg,100,80,"), Self.right, bytes(",1,2,3,4\n")], to: "t.csv")
        expectHint(caught { _ = try Dataset.read(path) }, file: "t.csv", line: 2)
    }

    @Test func namesOfClassesInGBK() throws {
        try folder.write("0 0.5 0.5 0.2 0.2\n", to: "y/labels/a.txt")
        try folder.write("", to: "y/images/a.jpg")
        _ = try write([bytes("cat\n"), Self.left, bytes("\n"), Self.right, bytes("\n")], to: "y/classes.txt")
        expectHint(caught { _ = try Dataset.read(folder("y")) }, file: "y/classes.txt", line: 2)
        _ = try write([bytes("train: images\nnames: ["), Self.left, bytes("]\n")], to: "y/data.yaml")
        expectHint(caught { _ = try Dataset.read(folder("y")) }, file: "y/data.yaml", line: 2)
    }

    @Test func jsonInGBK() throws {
        let path = try write(
            [bytes("{\"images\": [\n{\"id\": 1, \"file_name\": \""), Self.left, bytes(".jpg\"}]}")], to: "c.json")
        let error = caught { _ = try Dataset.read(path) }
        expectHint(error, file: "c.json", line: 2)
        #expect(error?.record == "images[0] (id 1)")
    }

    private func voc(_ encoding: String, _ name: [UInt8]) -> [[UInt8]] {
        [
            bytes("<?xml version='1.0' encoding='\(encoding)'?>\n<annotation><filename>a.jpg</filename><object><name>"),
            name,
            bytes(
                "</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>"
            ),
        ]
    }

    @Test func xmlInTheEncodingThatItStates() throws {
        _ = try write(voc("GBK", Self.left), to: "v/a.xml")
        #expect(try names(folder("v")) == ["左转"])
        let utf16 = "<?xml version='1.0' encoding='utf-16'?><annotation><object><name>猫</name></object></annotation>"
        try folder.write(wide(utf16), to: "u/a.xml")
        #expect(try names(folder("u")) == ["猫"])
        _ = try write(voc("utf-8", Self.left), to: "w/a.xml")
        expectHint(caught { _ = try Dataset.read(folder("w")) }, file: "w/a.xml", line: 2)
    }

    @Test func listsInUTF16() throws {
        try folder.write("classes = 1\ntrain = train.txt\nnames = obj.names\n", to: "d/obj.data")
        try folder.write(wide("obj/a.jpg\r\n"), to: "d/train.txt")
        try folder.write(wide("猫\r\n"), to: "d/obj.names")
        try folder.write(wide("0 0.5 0.5 0.2 0.2\r\n"), to: "d/obj/a.txt")
        var options = ReadingOptions()
        options.images = nil
        let error = caught { _ = try Dataset.read(folder("d"), options: options) }
        // Everything was found but the image, whose size is needed.
        #expect(error?.file == folder("d/obj/a.txt") && error?.problem.contains("size") == true)
    }

    /// The text is converted in memory; fields that have no column are copied from there.
    @Test func cocoInUTF16() throws {
        let text =
            #"{"images": [{"id": 1, "file_name": "猫.jpg", "width": 9, "height": 8}], "annotations": [{"id": 1, "image_id": 1,"#
            + #" "category_id": 1, "bbox": [1, 2, 3, 4], "note": "é"}], "categories": [{"id": 1, "name": "猫"}]}"#
        let dataset = try Dataset.read(try folder.write(wide(text), to: "c.json"))
        #expect(dataset.images[0].fileName == "猫.jpg" && dataset.categories[0].name == "猫")
        try dataset.write(to: folder("o.json"))
        #expect(try folder.text(of: "o.json").contains(#""note": "é""#))
        // A converted text has no bytes that could be told.
        try folder.write(wide(String(text.dropLast(3))), to: "b.json")
        let error = caught { _ = try Dataset.read(folder("b.json")) }
        #expect(error?.line == 1 && error?.byteOffset == nil)
    }
}
