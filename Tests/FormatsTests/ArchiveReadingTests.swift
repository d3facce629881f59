import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import ProgramRunner
import Testing

/// Datasets in archives, which are read like folders.
@Suite struct ArchiveReadingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func crc(_ bytes: [UInt8]) -> Int {
        var value: UInt32 = .max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return Int(~value)
    }

    /// A zip archive of entries as they are.
    static func zip(_ files: [(name: String, bytes: [UInt8])]) -> Data {
        var (body, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, bytes) in files {
            let fields =
                little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(crc(bytes), 4)
                + little(bytes.count, 4) + little(bytes.count, 4) + little(name.utf8.count, 2) + little(0, 2)
            directory +=
                [0x50, 0x4B, 1, 2] + little(20, 2) + fields + little(0, 10) + little(body.count, 4) + Array(name.utf8)
            body += [0x50, 0x4B, 3, 4] + fields + Array(name.utf8) + bytes
        }
        let end =
            [0x50, 0x4B, 5, 6] + little(0, 4) + little(files.count, 2) + little(files.count, 2)
            + little(directory.count, 4) + little(body.count, 4) + little(0, 2)
        return Data(body + directory + end)
    }

    /// A tar archive, whose numbers are octal digits.
    static func tar(_ files: [(name: String, bytes: [UInt8])], type: Character = "0") -> Data {
        var data: [UInt8] = []
        for (name, bytes) in files {
            func octal(_ value: Int, _ count: Int) -> [UInt8] {
                let digits = String(value, radix: 8)
                return Array((String(repeating: "0", count: count - 1 - digits.count) + digits).utf8) + [0]
            }
            var header = Array(name.utf8) + [UInt8](repeating: 0, count: 100 - name.utf8.count)
            header += octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(bytes.count, 12) + octal(0, 12)
            header += [UInt8](repeating: 32, count: 8) + Array("\(type)".utf8) + [UInt8](repeating: 0, count: 100)
            header += Array("ustar\u{0}00".utf8) + [UInt8](repeating: 0, count: 512 - header.count - 8)
            let sum = header.reduce(0) { $0 + Int($1) }
            header.replaceSubrange(148..<156, with: octal(sum, 7) + [32])
            data += header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        return Data(data + [UInt8](repeating: 0, count: 1024))
    }

    private static let pixels: [UInt8] = (0..<60).map { UInt8($0) }

    private static func dataset() throws -> [(name: String, bytes: [UInt8])] {
        let image = try Image(width: 5, height: 4, bytes: pixels).pngBytes()
        return [
            ("cells/data.yaml", Array("train: images/train\nnames: [cat]\n".utf8)),
            ("cells/images/train/a.png", image), ("cells/labels/train/a.txt", Array("0 0.5 0.5 0.4 0.5\n".utf8)),
        ]
    }

    @Test func areReadInPlace() throws {
        let archives = try [
            folder.write(Self.zip(Self.dataset()), to: "cells.zip"),
            folder.write(Self.tar(Self.dataset()), to: "cells.tar"),
        ]
        for path in archives {
            let dataset = try Dataset.read(path)
            // Centre (2.5, 2), size 2 x 2.
            #expect(dataset.annotations.map(\.box) == [Box(x: 1.5, y: 1, width: 2, height: 2)])
            #expect(dataset.provenance.path.hasPrefix(path))
            #expect(dataset.issue(.emptyImage, row: 0).file == path + "/cells/labels/train/a.txt")
            #expect(try Image(contentsOf: dataset.imagePath(ofImage: 0)).bytes == Self.pixels)
            // Nothing beside the archive, and the same folder the second time.
            #expect(folder.names() == ["cells.tar", "cells.zip"])
            #expect(try Dataset.read(path).imagePath(ofImage: 0) == dataset.imagePath(ofImage: 0))
        }
    }

    @Test func errorsNameThePlaceInTheArchive() throws {
        var files = try Self.dataset()
        files[2].bytes = Array("0 0.5\n".utf8)
        let path = try folder.write(Self.zip(files), to: "broken.zip")
        let error = caught { _ = try Dataset.read(path) }
        #expect(error?.file == path + "/cells/labels/train/a.txt" && error?.line == 1)
    }

    @Test func imagesMayBeInOne() throws {
        let image = try Image(width: 5, height: 4, bytes: Self.pixels).pngBytes()
        let images = try folder.write(Self.zip([("a.png", image)]), to: "images.zip")
        let table = try folder.write("filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,1,3,3\n", to: "boxes.csv")
        let dataset = try Dataset.read(table, images: images)
        #expect(dataset.images.map(\.width) == [5])
        #expect(try Image(contentsOf: dataset.imagePath(ofImage: 0)).bytes == Self.pixels)
    }

    @Test func classesInAnArchive() throws {
        let image = try Image(width: 5, height: 4, bytes: Self.pixels).pngBytes()
        let path = try folder.write(Self.zip([("cat/1.png", image), ("dog/2.png", image)]), to: "classes.zip")
        #expect(try ClassificationDataset.read(path).classes == ["cat", "dog"])
    }

    @Test func hostileArchivesAreRefused() throws {
        let up = try folder.write(Self.zip([("../../up.txt", [1])]), to: "up.zip")
        #expect(caught { _ = try Dataset.read(up) }?.problem.contains("leads out of the folder") == true)
        let root = try folder.write(Self.tar([("/etc/x", [1])]), to: "root.tar")
        #expect(caught { _ = try Dataset.read(root) }?.problem.contains("begins at the root") == true)
        // A link is left out; then nothing is left.
        let link = try folder.write(Self.tar([("a.json", [])], type: "2"), to: "link.tar")
        #expect(caught { _ = try Dataset.read(link) }?.file == link)
        // A size that no disk has.
        var huge = Array(Self.tar([("a.json", [1])]))
        huge.replaceSubrange(124..<136, with: Array("77777777777\u{0}".utf8))
        huge.replaceSubrange(148..<156, with: [UInt8](repeating: 32, count: 8))
        let digits = String(huge[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        let sum = String(repeating: "0", count: 6 - digits.count) + digits
        huge.replaceSubrange(148..<156, with: Array(sum.utf8) + [0, 32])
        let path = try folder.write(Data(huge), to: "huge.tar")
        #expect(caught { _ = try Dataset.read(path) }?.problem.contains("MiB") == true)
        let whole = try Array(Self.zip(Self.dataset()))
        for count in stride(from: 4, to: whole.count, by: 37) {
            let path = try folder.write(Data(whole.prefix(count)), to: "short.zip")
            #expect(caught { _ = try Dataset.read(path) }?.remedy != nil, "\(count) bytes")
        }
    }
}
