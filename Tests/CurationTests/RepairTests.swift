import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import Testing

/// Corrected copies: what has one right answer is right, the rest as it stood, and the log tells of it.
@Suite struct RepairTests {
    private func repair(_ seeded: SeededDataset) throws -> (repair: DatasetRepair, again: CheckReport) {
        let repair = DatasetRepair(try seeded.check())
        let path = seeded.folder("corrected.json")
        try repair.dataset.write(to: path)
        let dataset = try Dataset.read(path, images: seeded.folder("images"))
        return (repair, DatasetCheck.run([CheckSubject(name: path, dataset: dataset)]))
    }

    /// Kinds that a person must decide about.
    private static let judged: Set<DatasetIssue.Kind> = [
        .emptyImage, .similarCategoryName, .unusedCategory, .crowdOnlyCategory, .everyAnnotationIsCrowd, .tinyBox,
        .nearlyDuplicateBox, .damagedFile, .doubtfulOrientation, .nearDuplicateImage, .duplicateImage,
        .degeneratePolygon, .severalPictures, .shareCoordinates, .severalAnnotators,
    ]

    @Test(
        arguments: SeededFaultTests.recordFaults.dropLast() + SeededFaultTests.boxFaults
            + SeededFaultTests.datasetFaults + SeededFaultTests.pictureFaults)
    func leavesNothingButWhatTakesJudgement(_ fault: SeededFaultTests.Fault) throws {
        var seeded = try SeededDataset()
        try fault.put(&seeded)
        let (repair, again) = try repair(seeded)
        if Self.judged.contains(fault.kind) {
            #expect(repair.changes.isEmpty)
            #expect(repair.remaining[fault.kind] == fault.count)
            #expect(again.counts == fault.expected)
        } else {
            #expect(repair.remaining[fault.kind] == nil)
            #expect(again.counts.keys.allSatisfy { Self.judged.contains($0) }, "\(again.counts)")
            #expect(repair.changes.map(\.rule) == Array(repeating: fault.kind.rawValue, count: fault.count))
        }
    }

    @Test func clipsAndRenumbersAndRemoves() throws {
        var seeded = try SeededDataset()
        seeded.annotations += [
            SeededDataset.box(7, image: 1, category: 1, "150, 1, 20, 5", #", "area": 100, "note": 1.50"#),
            SeededDataset.box(7, image: 2, category: 1, "1, 1, 5, 5", #", "segmentation": [[1, 2]]"#),
            SeededDataset.box(0, image: 2, category: 1, "1, 9, 5, 0"),
        ]
        let repair = try repair(seeded).repair
        let rows = Array(repair.dataset.annotations)
        #expect(rows.count == 8)
        #expect(rows[6].box == Box(x: 150, y: 1, width: 10, height: 5))
        #expect(rows[6].area == 50)
        #expect(rows[7].id == 8)
        let text = try seeded.folder.text(of: "corrected.json")
        #expect(text.contains(#""area":50,"note":1.50}"#))
        #expect(text.contains(#""segmentation":[[1, 2]]}"#))
        #expect(text.contains(seeded.annotations[0]))
        let clipped = try #require(repair.changes.first { $0.rule == "box-beyond-image" })
        #expect(clipped.record == "annotations[6] (id 7)")
        #expect(clipped.before == "[150.0, 1.0, 20.0, 5.0]")
        #expect(clipped.after == "[150.0, 1.0, 10.0, 5.0]")
        #expect(Set(repair.changes.map(\.rule)).count == 4)
    }

    /// Image 1 is 160 wide: of a rectangle of 20 x 5, half is left; a triangle inside keeps its digits.
    @Test func polygonsFollowTheirClippedBox() throws {
        var seeded = try SeededDataset()
        let polygons = "[[150, 1, 170, 1, 170, 6, 150, 6], [151.50, 2, 152, 2, 152, 3]]"
        let beyond = "[[170, 1, 180, 1, 180, 6]]"
        seeded.annotations += [
            SeededDataset.box(
                7, image: 1, category: 1, "150, 1, 20, 5", #", "area": 99, "segmentation": \#(polygons)"#),
            SeededDataset.box(
                8, image: 2, category: 1, "150, 1, 20, 5", #", "area": 100, "segmentation": \#(polygons)"#),
            SeededDataset.box(9, image: 3, category: 1, "150, 1, 30, 5", #", "segmentation": \#(beyond)"#),
        ]
        let repair = try repair(seeded).repair
        let inside: Segmentation = .polygons([[150, 1, 160, 1, 160, 6, 150, 6], [151.5, 2, 152, 2, 152, 3]])
        #expect(repair.dataset.segmentation(ofAnnotation: 6) == inside)
        #expect(repair.dataset.segmentation(ofAnnotation: 7) == inside)
        #expect(repair.dataset.segmentation(ofAnnotation: 8) == nil)
        // Of polygons, and of the box where the area was the box's.
        #expect(repair.dataset.annotations[6].area == 50.25 && repair.dataset.annotations[7].area == 50)
        #expect(repair.changes.map(\.action) == Array(repeating: "clipped with its polygons", count: 3))
        #expect(try seeded.folder.text(of: "corrected.json").contains(seeded.annotations[0]))
    }

    /// What has one right answer is mended, and nothing is taken out.
    @Test func whatHasOneRightAnswerIsKept() throws {
        var seeded = try SeededDataset()
        seeded.annotations += [
            SeededDataset.box(7, image: 1, category: 1, "40, 60, -30, -40", #", "area": -1200"#),
            SeededDataset.box(
                8, image: 1, category: 1, #""10", "20", 30, "4e1""#, #", "area": "1200", "iscrowd": "0""#),
            SeededDataset.box(9, image: 2, category: 9, "1, 2, 3, 4"),
            // Beyond the right edge of 160, once its corners are in order.
            SeededDataset.box(10, image: 2, category: 1, "170, 60, -30, -40"),
            #"{"id": 11, "image_id": 2, "category_id": 1, "segmentation": [[70, 70, 80, 70, 80, 90]]}"#,
            SeededDataset.box(12, image: 3, category: 1, "0, 0, 0, 0", #", "segmentation": [[7, 7, 8.5, 7, 8.5, 9]]"#),
        ]
        let repair = try repair(seeded).repair
        let boxes = repair.dataset.annotations.map(\.box)
        #expect(
            Array(boxes.dropFirst(6)) == [
                Box(x: 10, y: 20, width: 30, height: 40), Box(x: 10, y: 20, width: 30, height: 40),
                Box(x: 1, y: 2, width: 3, height: 4), Box(x: 140, y: 20, width: 20, height: 40),
                Box(x: 70, y: 70, width: 10, height: 20), Box(x: 7, y: 7, width: 1.5, height: 2),
            ])
        #expect(repair.dataset.categories.map(\.name) == ["disc", "ring", "9"])
        #expect(repair.changes.filter(\.isRemoval) == [])
        #expect(repair.remaining.isEmpty)
        let text = try seeded.folder.text(of: "corrected.json")
        #expect(text.contains(#""bbox":[10,20,30,40],"area":1200,"iscrowd":0}"#))
        #expect(text.contains(#"{"id":9,"name":"9"}"#))
    }

    @Test func whatIsTakenOutAndLeftIsCounted() throws {
        var seeded = try SeededDataset()
        seeded.annotations += [
            SeededDataset.box(7, image: 1, category: 1, "5, 5, 0, 5"),
            SeededDataset.box(8, image: 9, category: 1, "1, 1, 5, 5"),
            SeededDataset.box(9, image: 1, category: 1, #""x", 1, 5, 5"#),
            SeededDataset.box(10, image: 1, category: 1, "90, 90, 1, 5"),
        ]
        let repair = try repair(seeded).repair
        #expect(
            repair.changes.filter(\.isRemoval).map(\.rule).sorted() == [
                "box-without-area", "record-unreadable", "reference-unknown",
            ])
        #expect(repair.remaining == [.tinyBox: 1])
    }

    @Test func repeatedPicturesWithoutBoxesOfTheirOwnGo() throws {
        var seeded = try SeededDataset()
        try seeded.folder.write(try seeded.folder.bytes(of: "images/1.jpg"), to: "images/9.jpg")
        seeded.images.append(#"{"id": 9, "file_name": "9.jpg", "width": 160, "height": 120}"#)
        let (repair, again) = try repair(seeded)
        #expect(repair.dataset.images.count == 4)
        #expect(again.counts == [:])
        #expect(repair.changes.map(\.rule) == ["image-duplicate"])
    }

    @Test func sizesThatTheBoxesContradictStay() throws {
        var seeded = try SeededDataset()
        seeded.images[0] = #"{"id": 1, "file_name": "1.jpg", "width": 320, "height": 240}"#
        seeded.annotations.append(SeededDataset.box(7, image: 1, category: 1, "200, 1, 50, 50"))
        let repair = try repair(seeded).repair
        #expect(repair.remaining == [.sizeDisagreement: 1])
        #expect(repair.dataset.images[0].width == 320)
    }
}
