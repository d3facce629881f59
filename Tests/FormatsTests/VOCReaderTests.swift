import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

@Suite struct VOCReaderTests {
    private func document(_ fileName: String, _ objects: String) -> String {
        """
        <?xml version="1.0"?>
        <annotation><folder>x</folder><filename>\(fileName)</filename>
        <size><width>100</width><height>50</height><depth>3</depth></size>
        \(objects)
        </annotation>
        """
    }

    private func object(_ name: String, _ corners: [String], _ more: String = "") -> String {
        """
        <object><name>\(name)</name>\(more)<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>
        <bndbox><xmin>\(corners[0])</xmin><ymin>\(corners[1])</ymin><xmax>\(corners[2])</xmax><ymax>\(corners[3])</ymax></bndbox>
        </object>
        """
    }

    private func smallDataset() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            document(
                "a.jpg",
                object(
                    "dog", ["1", "1", "100", "50"], "<pose>Left</pose><truncated>1</truncated><difficult>1</difficult>")
                    + object("cat &amp; co", ["48.5", "10", "60", "20"])),
            to: "Annotations/a.xml")
        _ = try folder.write(
            document("C:\\photos\\other.jpg", object("ant", ["5", "5", "5", "9"])), to: "Annotations/b.xml")
        _ = try folder.write(document("c.jpg", ""), to: "Annotations/c.xml")
        _ = try folder.write("", to: "JPEGImages/a.jpg")
        _ = try folder.write("", to: "JPEGImages/b.png")
        _ = try folder.write("b\na\n", to: "ImageSets/Main/train.txt")
        _ = try folder.write("a -1\nc  1\n", to: "ImageSets/Main/dog_val.txt")
        return folder
    }

    @Test func readsAFolder() throws {
        let folder = try smallDataset()
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.images.map(\.fileName) == ["a.jpg", "b.png", "c.jpg"])
        #expect(dataset.images.map(\.id) == [1, 2, 3])
        #expect(dataset.images[0].width == 100)
        #expect(dataset.categories.map(\.name) == ["ant", "cat & co", "dog"])
        #expect(dataset.categories.map(\.id) == [1, 2, 3])
        #expect(dataset.annotations[0].box == Box(x: 0, y: 0, width: 100, height: 50))
        #expect(dataset.annotations[0].isDifficult)
        #expect(dataset.annotations[0].category == 2)
        #expect(dataset.annotations[1].box == Box(x: 47.5, y: 9, width: 12.5, height: 11))
        #expect(!dataset.annotations[1].isDifficult)
        #expect(dataset.groundTruths(ofImage: 0).map(\.isDifficult) == [true, false])
        #expect(dataset.provenance.vocOrigin == .inclusive1)
        #expect(dataset.imagePath(ofImage: 1) == folder.path + "/JPEGImages/b.png")
        let issue = try #require(dataset.issues.first)
        #expect(dataset.issues.count == 1)
        #expect(issue.kind == .noArea)
        #expect(issue.file == folder.path + "/Annotations/b.xml")
        #expect(issue.record == "object[0]")
    }

    /// The box over all of a 100 x 50 image, as the devkit writes it.
    @Test(arguments: [
        (VOCOrigin.inclusive1, Box(x: 0, y: 0, width: 100, height: 50)),
        (.shift1, Box(x: 0, y: 0, width: 99, height: 49)), (.zero, Box(x: 1, y: 1, width: 99, height: 49)),
    ])
    func appliesTheOrigin(_ origin: VOCOrigin, _ expected: Box) throws {
        let folder = try smallDataset()
        let dataset = try Dataset.read(folder.path, vocOrigin: origin)
        #expect(dataset.annotations[0].box == expected)
        #expect(dataset.provenance.vocOrigin == origin)
        try dataset.write(to: folder.path + "/out.json")
        #expect(try text(of: folder.path + "/out.json").contains("\"voc_origin\":\"\(origin.rawValue)\""))
    }

    @Test func convertsToCOCO() throws {
        let folder = try smallDataset()
        try Dataset.read(folder.path).write(to: folder.path + "/out.json")
        let written = try text(of: folder.path + "/out.json")
        #expect(
            written.contains(
                "{\"id\":1,\"image_id\":1,\"category_id\":3,\"bbox\":[0,0,100,50],\"area\":5000,\"iscrowd\":0,"
                    + "\"difficult\":1,\"pose\":\"Left\",\"truncated\":1,"
                    + "\"part\":{\"name\":\"head\",\"bndbox\":{\"xmin\":1}}}"))
        let again = try Dataset.read(folder.path + "/out.json")
        #expect(again.annotations[0].isDifficult)
        #expect(again.images.count == 3)
    }

    @Test func readsASplitInItsOrder() throws {
        let folder = try smallDataset()
        let train = try Dataset.read(folder.path, split: "train")
        #expect(train.images.map(\.fileName) == ["b.png", "a.jpg"])
        #expect(train.provenance.split == "train")
        let dogs = try Dataset.read(folder.path, split: "dog_val")
        #expect(dogs.images.map(\.fileName) == ["c.jpg"])
        // The numbers of the categories are those of the whole folder in every split.
        #expect(dogs.categories == train.categories)
        let error = caught { _ = try Dataset.read(folder.path, split: "test") }
        #expect(error?.description.contains("The folder has dog_val, train") == true)
    }

    @Test func namesASplitLineWithoutAFile() throws {
        let folder = try smallDataset()
        _ = try folder.write("a\nmissing\n", to: "ImageSets/Main/val.txt")
        let error = caught { _ = try Dataset.read(folder.path, split: "val") }
        #expect(error?.line == 2)
        #expect(error?.problem == "there is no annotation file missing.xml")
    }

    @Test func readsAPlainFolderOfXML() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(document("a.jpg", object("dog", ["1", "1", "9", "9"])), to: "a.xml")
        let dataset = try Dataset.read(folder.path + "/")
        #expect(dataset.annotations.count == 1)
        #expect(dataset.imagePath(ofImage: 0) == folder.path + "/a.jpg")
    }

    @Test(arguments: [
        ("<annotation><object>", "not well-formed XML"), ("", "not well-formed XML"), ("<html/>", "outermost element"),
        (
            "<annotation><object><name>a</name><bndbox><xmin>ten</xmin></bndbox></object></annotation>",
            "object[0]: xmin is \"ten\", not a number"
        ),
        ("<annotation><object><bndbox/></object></annotation>", "object[0]: the object has no name"),
        (
            "<annotation>\n<object><name>a</name><bndbox><xmin>1</xmin></bndbox></object></annotation>",
            "a.xml:2: object[0]: bndbox does not hold all"
        ),
        (
            "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><annotation><filename>&b;</filename></annotation>",
            "declares entities"
        ),
        (
            "<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><annotation><filename>&a;</filename></annotation>",
            "declares entities"
        ),
        ("<annotation>" + String(repeating: "<a>", count: 100_000), "nested too deep"),
    ])
    func refusesBrokenFiles(_ text: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(text, to: "Annotations/a.xml")
        let error = caught { _ = try Dataset.read(folder.path) }
        #expect(error?.description.contains(message) == true, "\(error as Any)")
        #expect(error?.file == folder.path + "/Annotations/a.xml")
    }

    /// As a dataset whose images lie apart by split is written.
    @Test func recognisesAnnotationsInFoldersOfFolders() throws {
        let folder = try TemporaryFolder()
        let object =
            "<object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>5</ymax></bndbox></object>"
        for split in ["train", "val"] {
            _ = try folder.write("<annotation>\(object)</annotation>", to: "Annotations/\(split)/a.xml")
        }
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.provenance.format == .voc && dataset.images.count == 2 && dataset.annotations.count == 2)
    }

    @Test func recognisesNothingInAnEmptyFolder() throws {
        let folder = try TemporaryFolder()
        #expect(caught { _ = try Dataset.read(folder.path) }?.kind == .notFound)
        #expect(caught { _ = try Dataset.read(folder.path, format: .voc) }?.kind == .notFound)
    }

    /// Against the sums that `make_bccd_digest.py` took with Python's own XML parser.
    @Test(.enabled(if: SharedData.isThere, Comment(rawValue: SharedData.missing)))
    func readsBCCDAsTheIndependentConversionDoes() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/bccd_digest", withExtension: "json"))
        let digest = try JSONDecoder().decode(Digest.self, from: Data(contentsOf: url))
        let dataset = try Dataset.read(SharedData.bccd)
        #expect(dataset.images.count == 364)
        #expect(dataset.annotations.count == 4888)
        #expect(dataset.categories.map(\.name) == digest.categories.keys.sorted())
        let counts = Dictionary(grouping: dataset.annotations) { dataset.categories[$0.category].name }
        #expect(counts.mapValues(\.count) == digest.categories)
        for (row, expected) in digest.images.enumerated() {
            let image = dataset.images[row]
            var sums = [Double(image.width), Double(image.height), 0, 0, 0, 0, 0, 0]
            for (place, truth) in dataset.groundTruths(ofImage: row).enumerated() {
                let box = truth.box
                let mixed = box.x + 2 * box.y + 3 * box.width + 5 * box.height
                let terms = [1, box.x, box.y, box.width, box.height, Double((place + 1) * truth.categoryID) * mixed]
                for (index, term) in terms.enumerated() { sums[index + 2] += term }
            }
            #expect(image.fileName == expected.fileName)
            #expect(sums == expected.sums, "\(image.fileName)")
        }
        #expect(dataset.issues.map(\.imageFileName) == ["BloodImage_00338.jpg", "BloodImage_00343.jpg"])
        #expect(dataset.issues.allSatisfy { $0.kind == .noArea })
        for (split, count) in digest.splits {
            #expect(try Dataset.read(SharedData.bccd, split: split).images.count == count)
        }
    }

    private struct Digest: Decodable {
        var categories: [String: Int]
        var splits: [String: Int]
        var images: [Image]

        struct Image: Decodable {
            var fileName: String
            var sums: [Double] = []

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                fileName = try container.decode(String.self)
                while !container.isAtEnd { sums.append(try container.decode(Double.self)) }
            }
        }
    }
}
