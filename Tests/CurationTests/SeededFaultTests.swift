import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailImages
import Testing

/// Every kind of fault is put into a clean dataset: it is found, and nothing else.
@Suite struct SeededFaultTests {
    typealias Kind = DatasetIssue.Kind

    struct Fault: CustomTestStringConvertible, Sendable {
        let kind: Kind
        var count = 1
        /// What comes with it necessarily.
        var besides: [Kind: Int] = [:]
        let put: @Sendable (inout SeededDataset) throws -> Void

        var testDescription: String { kind.rawValue }
        var expected: [Kind: Int] { besides.merging([kind: count]) { $1 } }
    }

    @Test func nothingIsFoundInACleanSet() throws {
        let report = try SeededDataset().check()
        #expect(report.counts == [:])
        #expect(report.pictureCount == 4)
    }

    static let recordFaults: [Fault] = [
        Fault(kind: .unreadableRecord, count: 2) {
            $0.annotations.append(#"{"id": 7, "image_id": 1, "category_id": 1, "bbox": "none"}"#)
            $0.annotations.append(#"{"id": 8, "image_id": 1}"#)
        },
        Fault(kind: .unknownReference, count: 2) {
            $0.annotations.append(SeededDataset.box(7, image: 9, category: 1, "1, 1, 5, 5"))
            $0.annotations.append(SeededDataset.box(8, image: 8, category: 1, "1, 1, 5, 5"))
        },
        Fault(kind: .unknownCategory) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 9, "1, 1, 5, 5"))
            $0.annotations.append(SeededDataset.box(8, image: 1, category: 9, "20, 60, 5, 5"))
        },
        Fault(kind: .unnamedCategory) {
            $0.categories.append(#"{"id": 5}"#)
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 5, "1, 1, 5, 5"))
        },
        Fault(kind: .unnamedCategory, count: 2) { $0.categories = [] },
        Fault(kind: .textNumber, count: 3) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, #""1", 1, 5, 5"#))
            $0.annotations.append(SeededDataset.box(8, image: 1, category: 2, "1, 1, 5, 5", #", "area": "25""#))
            $0.images[1] = #"{"id": 2, "file_name": "2.jpg", "width": "160", "height": 120}"#
        },
        Fault(kind: .looseReference) {
            $0.annotations.append(#"{"id": 7, "image_id": "1", "category_id": 1, "bbox": [1, 1, 5, 5]}"#)
        },
        Fault(kind: .nonFiniteNumber) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "1, 1, 5, 5", #", "score": NaN"#))
        },
        Fault(kind: .missingAnnotationID) {
            $0.annotations.append(#"{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}"#)
        },
        Fault(kind: .zeroAnnotationID) {
            $0.annotations.append(SeededDataset.box(0, image: 1, category: 1, "1, 1, 5, 5"))
        },
        Fault(kind: .duplicateAnnotationID) {
            $0.annotations.append(SeededDataset.box(3, image: 1, category: 1, "1, 1, 5, 5"))
        },
        Fault(kind: .duplicateImageID, besides: [.emptyImage: 1]) {
            try $0.write(DrawnPicture.make(seed: 9), to: "9.jpg")
            $0.images.append(#"{"id": 1, "file_name": "9.jpg", "width": 160, "height": 120}"#)
        },
        Fault(kind: .duplicateFileName) {
            $0.images.append(#"{"id": 9, "file_name": "1.jpg", "width": 160, "height": 120}"#)
            $0.annotations.append(SeededDataset.box(7, image: 9, category: 1, "1, 1, 5, 5"))
        },
        Fault(kind: .unknownImageSize) {
            $0.images[0] = #"{"id": 1, "file_name": "1.jpg", "width": -1, "height": 120}"#
        },
        Fault(kind: .emptyImage) { $0.annotations.remove(at: 2) },
        Fault(kind: .duplicateCategoryID, besides: [.unusedCategory: 1]) {
            $0.categories.append(#"{"id": 1, "name": "square"}"#)
        },
        Fault(kind: .duplicateCategoryName) {
            $0.categories.append(#"{"id": 5, "name": "disc"}"#)
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 5, "1, 1, 5, 5"))
        },
        Fault(kind: .similarCategoryName) {
            $0.categories.append(#"{"id": 5, "name": "Disc "}"#)
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 5, "1, 1, 5, 5"))
        },
        Fault(kind: .unusedCategory) { $0.categories.append(#"{"id": 5, "name": "square"}"#) },
        Fault(kind: .crowdOnlyCategory) {
            $0.categories.append(#"{"id": 5, "name": "square"}"#)
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 5, "1, 1, 5, 5", #", "iscrowd": 1"#))
        },
        Fault(kind: .everyAnnotationIsCrowd) {
            $0.annotations = $0.annotations.map { $0.dropLast() + #", "iscrowd": 1}"# }
        },
        Fault(kind: .unreadableRecord) { $0.more = "," },
    ]

    static let boxFaults: [Fault] = [
        Fault(kind: .missingBox) { $0.annotations.append(#"{"id": 7, "image_id": 1, "category_id": 1}"#) },
        Fault(kind: .nonFiniteBox) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "1, Infinity, 5, 5"))
        },
        // A size of -1 stands for none.
        Fault(kind: .noArea, count: 2) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "1, 1, 0, 5"))
            $0.annotations.append(SeededDataset.box(8, image: 1, category: 1, "9, 9, -1, -1"))
        },
        Fault(kind: .swappedCorners, count: 2) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "9, 9, -5, 5"))
            $0.annotations.append(SeededDataset.box(8, image: 1, category: 1, "90, 90, -5, -5", #", "area": 25"#))
        },
        Fault(kind: .degeneratePolygon, count: 2) {
            $0.annotations.append(
                SeededDataset.box(7, image: 1, category: 1, "1, 1, 5, 5", #", "segmentation": [[1, 1, 6, 6]]"#))
            $0.annotations.append(
                SeededDataset.box(8, image: 1, category: 2, "1, 1, 5, 5", #", "segmentation": [[]]"#))
        },
        Fault(kind: .tinyBox) { $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "1, 1, 1, 5")) },
        Fault(kind: .outsideImage) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "160, 1, 9, 5"))
        },
        Fault(kind: .partlyOutsideImage) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "150, 1, 11, 5"))
        },
        Fault(kind: .duplicateBox) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "10, 10.0, 30, 20"))
        },
        // 30 x 19.8 inside 30 x 20: an overlap of 0.99.
        Fault(kind: .nearlyDuplicateBox) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "10, 10, 30, 19.8"))
        },
        Fault(kind: .doubtfulArea, count: 2) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "1, 1, 5, 5", #", "area": 0"#))
            $0.annotations.append(SeededDataset.box(8, image: 1, category: 1, "90, 90, 5, 5", #", "area": 2500"#))
        },
    ]

    static let datasetFaults: [Fault] = [
        // What are shares is smaller than a pixel, too.
        Fault(kind: .shareCoordinates, besides: [.tinyBox: 6]) { seeded in
            seeded.annotations = [(1, 1), (1, 2), (2, 1), (3, 2), (4, 1), (4, 2)].enumerated().map { place, record in
                SeededDataset.box(place + 1, image: record.0, category: record.1, "0.1, 0.2, 0.3, 0.4")
            }
        },
        // 28 x 19 of 30 x 20 are in both: an overlap of 532 in 668.
        Fault(kind: .severalAnnotators) {
            $0.annotations.append(SeededDataset.box(7, image: 1, category: 1, "60, 60, 30, 20", #", "annotator": "a""#))
            $0.annotations.append(SeededDataset.box(8, image: 1, category: 1, "62, 61, 30, 20", #", "annotator": "b""#))
            $0.annotations.append(
                SeededDataset.box(9, image: 1, category: 1, "110, 60, 30, 20", #", "annotator": "b""#))
        },
    ]

    /// Two grey pages of 160x120 pixels, uncompressed, with the pixels of both behind the two directories.
    static var twoPages: Data {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let entries = [
            (256, 160), (257, 120), (258, 8), (259, 1), (262, 1), (273, 0), (277, 1), (278, 120), (279, 19_200),
        ]
        let size = 2 + 12 * entries.count + 4
        var bytes: [UInt8] = Array("II".utf8) + little(42, 2) + little(8, 4)
        for page in 0..<2 {
            bytes += little(entries.count, 2)
            for (tag, value) in entries {
                let value = tag == 273 ? 8 + 2 * size + 19_200 * page : value
                bytes += little(tag, 2) + little(4, 2) + little(1, 4) + little(value, 4)
            }
            bytes += little(page == 0 ? 8 + size : 0, 4)
        }
        for page in 0..<2 { bytes += (0..<19_200).map { UInt8(truncatingIfNeeded: $0 * (page + 3) / 7) } }
        return Data(bytes)
    }

    static let pictureFaults: [Fault] = [
        Fault(kind: .severalPictures) { try $0.folder.write(twoPages, to: "images/2.jpg") },
        Fault(kind: .missingFile) { try FileManager.default.removeItem(atPath: $0.folder("images/2.jpg")) },
        Fault(kind: .corruptFile, count: 2) {
            try $0.folder.write("text and so on", to: "images/2.jpg")
            try $0.folder.write("", to: "images/3.jpg")
        },
        Fault(kind: .truncatedFile) {
            let bytes = try $0.folder.bytes(of: "images/2.jpg")
            try $0.folder.write(bytes.prefix(bytes.count * 2 / 3), to: "images/2.jpg")
        },
        Fault(kind: .damagedFile) {
            // Two bytes in the middle of the compressed picture.
            var bytes = try $0.folder.bytes(of: "images/2.jpg")
            let middle = bytes.startIndex + bytes.count / 2
            bytes[middle] = 0xFF
            bytes[middle + 1] = 0xD3
            try $0.folder.write(bytes, to: "images/2.jpg")
        },
        Fault(kind: .sizeDisagreement) {
            $0.images[0] = #"{"id": 1, "file_name": "1.jpg", "width": 320, "height": 240}"#
        },
        Fault(kind: .doubtfulOrientation) {
            var bytes = try $0.folder.bytes(of: "images/2.jpg")
            bytes.insert(contentsOf: Self.exif(orientation: 6), at: 2)
            try $0.folder.write(bytes, to: "images/2.jpg")
        },
        Fault(kind: .duplicateImage) {
            try $0.folder.write(try $0.folder.bytes(of: "images/1.jpg"), to: "images/2.jpg")
        },
        Fault(kind: .nearDuplicateImage) { try $0.write(try $0.picture("1.jpg"), to: "2.jpg", quality: 40) },
    ]

    /// An APP1 segment with nothing but the orientation.
    private static func exif(orientation: UInt8) -> [UInt8] {
        let directory: [UInt8] =
            Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
            + [0, 0, 0, 0]
        return [0xFF, 0xE1, 0, UInt8(directory.count + 2)] + directory
    }

    @Test(arguments: recordFaults + boxFaults + datasetFaults + pictureFaults)
    func isFoundAndNothingElse(_ fault: Fault) throws {
        var seeded = try SeededDataset()
        try fault.put(&seeded)
        let report = try seeded.check()
        #expect(report.counts == fault.expected)
        #expect(report.issues(of: fault.kind).count == fault.count)
        #expect(report.issues(of: fault.kind).allSatisfy { $0.kind == fault.kind && !$0.record.isEmpty })
        // Skipped, it is not found; alone, nothing else is.
        #expect(try seeded.check(CheckOptions(skip: [fault.kind])).counts == fault.besides)
        #expect(try seeded.check(CheckOptions(only: [fault.kind])).counts == [fault.kind: fault.count])
        let withoutPixels = try seeded.check(CheckOptions(readsPictures: false)).counts
        #expect((withoutPixels[fault.kind] ?? 0) == (fault.kind.needsPixels ? 0 : fault.count))
    }

    @Test func splitsAreComparedWithEachOther() throws {
        var train = try SeededDataset()
        let validation = train
        train.images.removeLast()
        train.annotations.removeLast(2)
        let clean = try train.subject("train.json")
        // The fourth picture alone, and categories under the same ids.
        var rest = validation
        rest.images = [validation.images[3]]
        rest.annotations = Array(validation.annotations[4...])
        #expect(DatasetCheck.run([clean, try rest.subject("val.json")]).counts == [:])

        // The same file, the same picture under another name, a recompressed one.
        var leaky = rest
        try leaky.folder.write(try leaky.folder.bytes(of: "images/2.jpg"), to: "images/22.jpg")
        try leaky.write(try leaky.picture("3.jpg"), to: "33.jpg", quality: 50)
        for (id, name) in [(21, "1.jpg"), (22, "22.jpg"), (23, "33.jpg")] {
            leaky.images.append(#"{"id": \#(id), "file_name": "\#(name)", "width": 160, "height": 120}"#)
            leaky.annotations.append(SeededDataset.box(id, image: id, category: 1, "1, 1, 50, 50"))
        }
        let leaks = DatasetCheck.run([clean, try leaky.subject("val.json")])
        #expect(leaks.counts == [.leakedImage: 2, .nearlyLeakedImage: 1])
        #expect(
            leaks.issues.map(\.detail) == ["1.jpg of train.json", "2.jpg of train.json", "3.jpg of train.json"])
        let named = DatasetCheck.run(
            [clean, try leaky.subject("val.json")], options: CheckOptions(readsPictures: false))
        #expect(named.counts == [.leakedImage: 1])

        var swapped = rest
        swapped.categories = [#"{"id": 2, "name": "disc"}"#, #"{"id": 1, "name": "ring"}"#]
        #expect(DatasetCheck.run([clean, try swapped.subject("val.json")]).counts == [.categoryDisagreement: 2])

        var poor = rest
        poor.annotations.removeLast()
        #expect(
            DatasetCheck.run([clean, try poor.subject("val.json")]).counts
                == [.unusedCategory: 1, .categoryMissingInSplit: 1])
    }

    /// One mistake is told once, but every image counts, and none of them was read.
    @Test func oneWrongFolderIsToldOnce() throws {
        let seeded = try SeededDataset()
        try FileManager.default.removeItem(atPath: seeded.folder("images"))
        let report = try seeded.check()
        #expect(report.counts == [.missingFile: 4])
        #expect(report.count == 4 && report.count(of: .error) == 4)
        #expect(report.issues.map(\.detail).count == 1)
        #expect(report.issues.first?.detail?.contains("none of the 4 files") == true)
        #expect(report.pictureCount == 0 && report.readsPictures)
    }

    @Test func missingFilesAreNotCountedAsRead() throws {
        let seeded = try SeededDataset()
        try FileManager.default.removeItem(atPath: seeded.folder("images/2.jpg"))
        let report = try seeded.check()
        #expect(report.counts == [.missingFile: 1])
        #expect(report.pictureCount == 3)
    }

    /// Images that name their split in one file.
    @Test func splitsOfOneDataset() throws {
        var seeded = try SeededDataset()
        seeded.images = (1...4).map {
            #"{"id": \#($0), "file_name": "\#($0).jpg", "width": 160, "height": 120, "split": "\#($0 > 2 ? "val" : "train")"}"#
        }
        #expect(try seeded.check().counts == [:])
        try seeded.write(try seeded.picture("1.jpg"), to: "4.jpg", quality: 50)
        try seeded.folder.write(try seeded.folder.bytes(of: "images/2.jpg"), to: "images/3.jpg")
        #expect(try seeded.check().counts == [.leakedImage: 1, .nearlyLeakedImage: 1])
        seeded.annotations = seeded.annotations.filter { !$0.contains(#""image_id": 3"#) }
        seeded.annotations.append(SeededDataset.box(9, image: 3, category: 1, "1, 1, 20, 20"))
        seeded.annotations.removeAll { $0.contains(#""id": 6,"#) }
        let report = try seeded.check(CheckOptions(readsPictures: false))
        #expect(report.counts == [.categoryMissingInSplit: 1])
        #expect(report.issues.first?.detail == "none in annotations.json (val), but in annotations.json (train)")
    }

    /// Each box is almost another one, and none is far enough from all others to be told by its left edge.
    @Test func manyLongBoxesAreCheckedInTime() throws {
        let count = 20_000
        var seeded = try SeededDataset()
        seeded.images = [#"{"id": 1, "file_name": "1.jpg", "width": 4000, "height": 250000}"#]
        seeded.annotations = (0..<count).map {
            SeededDataset.box(
                $0 + 1, image: 1, category: $0 % 2 + 1, "\($0 % 7), \($0 / 4 * 40), 3900, \($0 % 4 < 2 ? 20 : 20.5)")
        }
        let report = try seeded.check(CheckOptions(readsPictures: false))
        #expect(report.counts == [.nearlyDuplicateBox: count / 2])
    }

    /// The same boxes that repeat others, alone and among so many that they are put into order.
    @Test(arguments: [0, 90])
    func repeatedBoxesAreFoundAmongFewAndMany(_ others: Int) throws {
        var seeded = try SeededDataset()
        seeded.annotations = [
            SeededDataset.box(1, image: 1, category: 1, "10, 10, 40, 40"),
            SeededDataset.box(2, image: 1, category: 2, "10, 10, 40, 40"),
            SeededDataset.box(3, image: 1, category: 1, "10, 10, 40, 39"),
            SeededDataset.box(4, image: 1, category: 1, "10, 10, 40, 40"),
            SeededDataset.box(5, image: 1, category: 1, "10, 10, 40, 30"),
        ]
        for number in 0..<others {
            let corner = "\(5 + number % 10 * 15), \(60 + number / 10 * 6)"
            seeded.annotations.append(SeededDataset.box(6 + number, image: 1, category: 1, "\(corner), 5, 5"))
        }
        let report = try seeded.check(CheckOptions(only: [.duplicateBox, .nearlyDuplicateBox]))
        #expect(report.issues(of: .duplicateBox).map(\.annotation) == [3])
        #expect(report.issues(of: .nearlyDuplicateBox).map(\.annotation) == [2])
    }
}
