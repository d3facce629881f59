import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import ProgramRunner
import Testing

/// Pictures with classes, as people have them.
@Suite struct ClassificationReadingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ name: String = "", images: String? = nil) throws -> ClassificationDataset {
        try ClassificationDataset.read(name.isEmpty ? folder.path : folder(name), images: images)
    }

    private func problem(_ name: String = "") -> String {
        do { _ = try read(name) } catch { return "\(error)" }
        return ""
    }

    // MARK: Folders

    @Test func aFolderForEachClass() throws {
        for name in ["cat/2.jpg.png", "cat/deep/1.png", "ant/1.png", "loose.png"] { try folder.writeImage(name) }
        try folder.write("", to: "owl/notes.txt")
        try folder.write("x", to: "ant/2.avif")
        let dataset = try read()
        #expect(dataset.classes == ["ant", "cat"] && dataset.splits.isEmpty && !dataset.hasSeveralLabels)
        #expect(dataset.items.map(\.name) == ["ant/1.png", "cat/2.jpg.png", "cat/deep/1.png"])
        #expect(dataset.items.map(\.labels) == [[0], [1], [1]])
        #expect(dataset.remarks.count == 3)
        #expect(dataset.remarks.contains { $0.contains("in no folder of a class are left out (1), as loose.png") })
        #expect(dataset.remarks.contains { $0.contains("owl: there is no picture in the folder of this class") })
        #expect(dataset.remarks.contains { $0.contains("formats that are not read are left out (1), as 2.avif") })
        #expect(try dataset.items[0].image().width == 100)
        #expect(dataset.isGray)
    }

    @Test func foldersOfSplits() throws {
        for name in ["train/b/1.png", "train/a/1.png", "valid/a/2.png", "test/b/3.png"] { try folder.writeImage(name) }
        let dataset = try read()
        #expect(dataset.classes == ["a", "b"] && dataset.splits == ["train", "val", "test"])
        #expect(dataset.split("valid").items.map(\.name) == ["valid/a/2.png"])
        #expect(dataset.split("test").items.map(\.labels) == [[1]])
    }

    /// Roboflow's tables of several classes, whose columns need not be the same in all splits.
    @Test func tablesOfSplits() throws {
        try folder.writeImage("train/a.png")
        try folder.writeImage("valid/b.png")
        try folder.write("filename, dog, cat\na.png, 1, 1\n", to: "train/_classes.csv")
        try folder.write("filename, cat, owl\nb.png, 0, 1\n", to: "valid/_classes.csv")
        let dataset = try read()
        #expect(dataset.classes == ["cat", "dog", "owl"] && dataset.hasSeveralLabels)
        #expect(dataset.items.map(\.name) == ["train/a.png", "valid/b.png"])
        #expect(dataset.items.map(\.labels) == [[0, 1], [2]] && dataset.items.map(\.split) == ["train", "val"])
        #expect(try read("valid").items.map(\.labels) == [[1]])
    }

    @Test func aClassTwiceInDifferentCase() throws {
        for name in ["Cat/1.png", "cat/2.png", "dog/1.png"] { try folder.writeImage(name) }
        #expect(problem().contains("the classes 'Cat' and 'cat' differ in case or spaces alone. Give them one name"))
    }

    @Test func nothingToRead() throws {
        try folder.writeImage("1.png")
        #expect(problem().contains("there are 1 pictures in this folder, and none in a folder of a class"))
        #expect(problem("nowhere").contains("nowhere"))
    }

    // MARK: Tables

    @Test(arguments: ["file,label\n", "Image;Class\n", "label,filename\n", "id,species,split\n", ""])
    func tables(header: String) throws {
        for name in ["a", "b", "c"] { try folder.writeImage("pictures/\(name).png") }
        let comma = header.contains(";") ? ";" : ","
        let name = header.hasPrefix("id") ? "pictures/a" : "pictures/a.png"
        func row(_ file: String, _ label: String, _ split: String) -> String {
            let fields = header.hasPrefix("label") ? [label, file] : [file, label]
            return (fields + (header.contains("split") ? [split] : [])).joined(separator: comma) + "\n"
        }
        try folder.write(
            header + row(name, "cat", "train") + row("pictures/b.png", "ant", "val")
                + row("pictures/x.png", "cat", "train"),
            to: "t.csv")
        let dataset = try read("t.csv")
        #expect(dataset.classes == ["ant", "cat"] && dataset.items.map(\.labels) == [[1], [0]])
        let line = header.isEmpty ? 3 : 4
        #expect(
            dataset.remarks == [
                "\(folder("t.csv")): rows whose file is not there are left out (1), as line \(line), pictures/x.png"
            ])
        #expect(dataset.splits == (header.contains("split") ? ["train", "val"] : []))
    }

    @Test(arguments: [
        "file,labels\na.png,sky|sea\nb.png,sea\nc.png,\n", "file,sea,sky\na.png,1,1\nb.png,1,0\nc.png,0,0\n",
    ]) func severalClasses(text: String) throws {
        for name in ["a", "b", "c"] { try folder.writeImage("\(name).png") }
        try folder.write(text, to: "t.csv")
        let dataset = try read("t.csv")
        #expect(dataset.hasSeveralLabels && dataset.classes == ["sea", "sky"])
        #expect(dataset.items.map(\.labels) == [[0, 1], [0], []] && dataset.remarks.isEmpty)
    }

    @Test func classesThatAreNumbersComeInTheirOrder() throws {
        for name in ["a", "b", "c"] { try folder.writeImage("\(name).png") }
        try folder.write("file,label\na.png,10\nb.png,9\nc.png,\n", to: "t.csv")
        let dataset = try read("t.csv")
        #expect(dataset.classes == ["9", "10"] && dataset.items.map(\.labels) == [[1], [0]])
        #expect(dataset.remarks.first?.contains("rows without a class are left out (1), as line 4") == true)
    }

    @Test func tablesThatAreNone() throws {
        try folder.write("one\ntwo\n", to: "t.csv")
        #expect(problem("t.csv").contains("its first line has no two columns"))
        try folder.write("colour,size\nred,3\n", to: "t.csv")
        #expect(problem("t.csv").contains("its header (colour, size) names no column of files with one of classes"))
        try folder.write("file,label\nx.png,cat\n", to: "t.csv")
        #expect(problem("t.csv").contains("none of the files is there, as x.png"))
    }

    // MARK: MNIST's files

    private func idx(_ dimensions: [Int], _ bytes: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * (3 - $0))) } } + bytes
    }

    private func write(_ bytes: [UInt8], to name: String) throws { try folder.write(Data(bytes), to: name) }

    @Test func picturesAndTheirClasses() throws {
        try write(idx([2, 2, 3], Array(0..<12)), to: "train-images-idx3-ubyte")
        try write(idx([2], [3, 0]), to: "train-labels-idx1-ubyte")
        for name in ["", "train-images-idx3-ubyte"] {
            let dataset = try read(name)
            #expect(dataset.classes == ["0", "1", "2", "3"] && dataset.items.map(\.labels) == [[3], [0]])
            #expect(dataset.items.map(\.name) == ["train-images 1", "train-images 2"] && dataset.isGray)
            let image = try dataset.items[1].image()
            #expect((image.width, image.height) == (3, 2) && image.bytes == [6, 7, 8, 9, 10, 11])
        }
        try write(idx([1, 2, 3], Array(0..<6)), to: "t10k-images-idx3-ubyte")
        try write(idx([1], [1]), to: "t10k-labels-idx1-ubyte")
        #expect(try read().splits == ["train", "test"] && read().split("test").items.map(\.labels) == [[1]])
    }

    /// `gzip -n` of a file of one picture, 1 x 1, with the value 7.
    private static let packed: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 99, 96, 224, 96, 102, 96, 96, 96, 132, 97,
        118, 0, 152, 4, 230, 217, 17, 0, 0, 0,
    ]

    @Test func packedFiles() throws {
        try write(Self.packed, to: "train-images-idx3-ubyte.gz")
        try write(idx([1], [0]), to: "train-labels-idx1-ubyte")
        #expect(try read("train-images-idx3-ubyte.gz").items[0].image().bytes == [7])
        try write(Array(Self.packed.dropLast(9)), to: "train-images-idx3-ubyte.gz")
        #expect(problem().contains("the packed file is damaged or cut short"))
    }

    @Test func filesThatDoNotHoldWhatTheySay() throws {
        try write(idx([3, 2, 2], Array(0..<9)), to: "train-images-idx3-ubyte")
        try write(idx([3], [1, 0, 1]), to: "train-labels-idx1-ubyte")
        #expect(
            problem().contains(
                "the file says that it holds 3x2x2 numbers, and 9 are there, 2 of its 3 records. It was cut short"))
        try write(idx([2, 2, 2], Array(0..<8)), to: "train-images-idx3-ubyte")
        #expect(problem().contains("there are 3 labels for the 2 pictures of"))
        try write(idx([0x7FFF_FFFF, 0x7FFF_FFFF, 0x7FFF_FFFF], []), to: "train-images-idx3-ubyte")
        #expect(problem().contains("and 0 are there"))
        try write([0, 0, 13, 1, 0, 0, 0, 0], to: "train-images-idx3-ubyte")
        #expect(problem().contains("numbers are of type 0xd, not bytes"))
        try FileManager.default.removeItem(atPath: folder("train-labels-idx1-ubyte"))
        #expect(problem().contains("the classes of these pictures are missing: there is no"))
    }

    // MARK: Boxes

    @Test func boxesAreCutOut() throws {
        try folder.writeImage("a.png")
        let path = try folder.writeCOCO(["a.png"], to: "coco.json")
        let dataset = ClassificationDataset(boxesOf: try Dataset.read(path))
        #expect(dataset.classes == ["cat"] && dataset.items.map(\.name) == ["a.png box 1"])
        let image = try dataset.items[0].image()
        #expect((image.width, image.height) == (30, 40))
        // 10 and 20 pixels on every side, of which the image has all but some at the left.
        let wider = ClassificationDataset(boxesOf: try Dataset.read(path), margin: 0.5)
        let margin = try wider.items[0].image()
        #expect((margin.width, margin.height) == (55, 80))
    }
}
