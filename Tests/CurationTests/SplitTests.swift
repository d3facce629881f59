import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailFormats
import NeedletailRandom
import ProgramRunner
import Testing

/// Parts are disjoint and complete, have their share of every class, and keep groups whole.
@Suite struct SplitTests {
    private static let parts: [DatasetSplit.Part] = [
        .init(name: "train", share: 0.7), .init(name: "val", share: 0.2), .init(name: "test", share: 0.1),
    ]

    private func singles(_ dataset: Dataset) -> [Int] { Array(0..<dataset.images.count) }

    /// The mean over classes and parts of how far a part's share of a class's images is from its share of all.
    private func unevenness(_ split: DatasetSplit) -> Double {
        let total = split.parts.reduce(0) { $0 + $1.share }
        let differences = split.classCounts.flatMap { _, _, images in
            let all = Double(images.reduce(0, +))
            return images.enumerated().map { abs(Double($1) / all - split.parts[$0].share / total) }
        }
        return differences.reduce(0, +) / Double(differences.count)
    }

    @Test(arguments: 0..<5)
    func disjointAndComplete(seed: UInt64) {
        let dataset = SmallDataset.random(301, seed: seed)
        let split = DatasetSplit(dataset, into: Self.parts, groups: singles(dataset), seed: seed)
        #expect(split.images.flatMap { $0 }.sorted() == singles(dataset))
        #expect(split.images.allSatisfy { $0 == $0.sorted() })
        // 210.7, 60.2 and 30.1 images.
        for (rows, expected) in zip(split.images, [210.7, 60.2, 30.1]) {
            #expect(abs(Double(rows.count) - expected) <= 4, "\(rows.count)")
        }
        let boxes = split.parts.indices.reduce(0) { $0 + split.dataset(of: $1).annotations.count }
        #expect(boxes == dataset.annotations.count)
    }

    /// Images that said what they were for say what they are for now.
    @Test func splitsOfBeforeAreNotKept() throws {
        let folder = try TemporaryFolder()
        let images = (1...6).map { "{\"id\": \($0), \"file_name\": \"\($0).jpg\", \"split\": \"test\"}" }
        let path = try folder.write(
            "{\"images\": [\(images.joined(separator: ","))], \"annotations\": [], \"categories\": []}",
            to: "dataset.json")
        let dataset = try Dataset.read(path)
        let split = DatasetSplit(
            dataset, into: [.init(name: "train", share: 1), .init(name: "val", share: 1)], groups: singles(dataset))
        for (part, name) in ["train", "val"].enumerated() {
            let written = split.dataset(of: part)
            #expect(written.images.count == 3)
            #expect(written.images.indices.allSatisfy { written.field("split", ofImage: $0) == name })
        }
    }

    @Test(arguments: 0..<5)
    func sharesOfClassesAreBetterThanByChance(seed: UInt64) {
        let dataset = SmallDataset.random(300, seed: seed)
        let stratified = DatasetSplit(dataset, into: Self.parts, groups: singles(dataset), seed: seed)
        let random = DatasetSplit(
            dataset, into: Self.parts, groups: singles(dataset), isStratified: false, seed: seed)
        #expect(unevenness(stratified) < unevenness(random) / 2, "\(unevenness(stratified)), \(unevenness(random))")
        #expect(unevenness(stratified) < 0.02)
    }

    /// Ten images of a common class and two of a rare one into halves: five and one each.
    @Test func handWorkedHalves() {
        let dataset = SmallDataset.make(Array(repeating: [0], count: 10) + [[1], [1]], classes: ["many", "few"])
        for seed in 0..<10 {
            let split = DatasetSplit(
                dataset, into: [.init(name: "a", share: 1), .init(name: "b", share: 1)], groups: singles(dataset),
                seed: UInt64(seed))
            #expect(split.classCounts.map(\.images) == [[5, 5], [1, 1]])
        }
    }

    @Test func imagesWithoutBoxesAreSharedOutToo() {
        let dataset = SmallDataset.make(
            Array(repeating: [0], count: 20) + Array(repeating: [], count: 10), classes: ["c"])
        let split = DatasetSplit(
            dataset, into: [.init(name: "a", share: 1), .init(name: "b", share: 1)], groups: singles(dataset))
        #expect(split.images.map { $0.filter { $0 >= 20 }.count } == [5, 5])
    }

    @Test func groupsStayTogether() throws {
        var dataset = SmallDataset.random(300, seed: 4)
        dataset.updateImages { row, image in image.fileName = "video\(row % 40)_frame\(row).jpg" }
        var groups = ImageGroups(dataset)
        try groups.join(byPattern: "^(video[0-9]+)_")
        #expect(groups.groups == (0..<300).map { $0 % 40 })
        #expect(groups.ungrouped == 0)
        let split = DatasetSplit(dataset, into: Self.parts, groups: groups.groups, seed: 1)
        #expect(split.images.flatMap { $0 }.sorted() == singles(dataset))
        let videos = split.images.map { Set($0.map { $0 % 40 }) }
        #expect(videos.reduce(0) { $0 + $1.count } == 40)
        let random = DatasetSplit(dataset, into: Self.parts, groups: groups.groups, isStratified: false, seed: 1)
        #expect(unevenness(split) <= unevenness(random))
    }

    @Test func groupsByField() throws {
        let folder = try TemporaryFolder()
        let images = (0..<6).map {
            #"{"id": \#($0), "file_name": "\#($0).jpg", "width": 9, "height": 9\#($0 < 4 ? ", \"clip\": \($0 % 2)" : "")}"#
        }
        let path = try folder.write(
            #"{"images": [\#(images.joined(separator: ","))], "categories": [], "annotations": []}"#, to: "d.json")
        let dataset = try Dataset.read(path)
        var groups = ImageGroups(dataset)
        try groups.join(byField: "clip")
        #expect(groups.groups == [0, 1, 0, 1, 4, 5])
        #expect(groups.ungrouped == 2)
        #expect(message { try groups.join(byField: "video") }?.contains("no image has a field \"video\"") == true)
        #expect(message { try groups.join(byPattern: "(") }?.contains("not a regular expression") == true)
        #expect(message { try groups.join(byPattern: "png$") }?.contains("fits no file name") == true)
    }

    @Test func similarPicturesStayTogether() throws {
        var seeded = try SeededDataset()
        for (id, quality) in [(5, 30), (6, 90)] {
            try seeded.write(try seeded.picture("2.jpg"), to: "\(id).jpg", quality: quality)
            seeded.images.append(#"{"id": \#(id), "file_name": "\#(id).jpg", "width": 160, "height": 120}"#)
        }
        var groups = ImageGroups(try seeded.subject().dataset)
        groups.joinSimilarPictures()
        #expect(groups.groups == [0, 1, 2, 3, 1, 1])
        #expect(groups.similarCount == 2)
    }

    @Test func sameSeedSameParts() {
        let dataset = SmallDataset.random(200, seed: 2)
        let first = DatasetSplit(dataset, into: Self.parts, groups: singles(dataset), seed: 5).images
        #expect(DatasetSplit(dataset, into: Self.parts, groups: singles(dataset), seed: 5).images == first)
        #expect(DatasetSplit(dataset, into: Self.parts, groups: singles(dataset), seed: 6).images != first)
    }

    @Test func foldsCoverEverythingOnce() {
        let dataset = SmallDataset.random(103, seed: 3)
        let folds = (1...5).map { DatasetSplit.Part(name: "\($0)", share: 1) }
        let split = DatasetSplit(dataset, into: folds, groups: singles(dataset))
        #expect(split.images.flatMap { $0 }.sorted() == singles(dataset))
        for fold in 0..<5 {
            #expect(split.dataset(of: fold).images.count + split.dataset(without: fold).images.count == 103)
            #expect(abs(split.images[fold].count - 21) <= 3)
        }
    }
}
