import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailImages
import ProgramRunner
import Testing

/// What is wrong with pictures is found before any training, and what belongs together stays so.
@Suite struct ClassificationCheckTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ image: Image, _ name: String, quality: Int = 90) throws {
        try folder.write(Data(try image.jpegBytes(quality: quality)), to: name)
    }

    private func dataset(_ items: [(name: String, label: Int)]) -> ClassificationDataset {
        ClassificationDataset(
            path: folder.path, classes: ["cat", "dog"],
            items: items.map { .init(name: $0.name, source: .file(folder($0.name)), labels: [$0.label]) })
    }

    @Test func faultsAreFound() throws {
        for index in 0..<3 { try write(DrawnPicture.make(seed: UInt64(index)), "\(index).jpg") }
        try write(DrawnPicture.make(seed: 0), "again.jpg")
        try write(DrawnPicture.make(seed: 1), "other.jpg")
        try write(DrawnPicture.make(seed: 2), "pale.jpg", quality: 40)
        let whole = try folder.bytes(of: "0.jpg")
        try folder.write(whole.prefix(whole.count / 3), to: "broken.jpg")
        let check = ClassificationCheck(
            dataset([
                ("0.jpg", 0), ("1.jpg", 1), ("2.jpg", 0), ("again.jpg", 0), ("other.jpg", 0), ("pale.jpg", 0),
                ("broken.jpg", 1), ("missing.jpg", 1),
            ]), findsSimilar: true)
        #expect(check.broken.map(\.row) == [6, 7])
        #expect(check.broken.last?.reason.contains("no such file") == true)
        #expect(check.repeated.map(\.row) == [3] && check.repeated.map(\.original) == [0])
        #expect(check.contradictory.map(\.row) == [4] && check.contradictory.map(\.original) == [1])
        #expect(check.groups == [0, 1, 2, 0, 1, 2, 6, 7])
    }

    @Test func picturesInMemory() {
        let array = PictureArray(width: 2, height: 1, format: .gray, count: 4, bytes: [1, 2, 3, 4, 1, 2, 3, 4])
        let dataset = ClassificationDataset(
            path: "", classes: ["a", "b"],
            items: [0, 1, 0, 0].enumerated().map { .init(name: "\($0)", source: .array(array, $0), labels: [$1]) })
        let check = ClassificationCheck(dataset, findsSimilar: false)
        #expect(check.repeated.map(\.row) == [2] && check.contradictory.map(\.row) == [3])
        #expect(check.groups == [0, 1, 0, 1])
    }

    /// Crops of one photograph stay together, though none of them is like another.
    @Test func cropsOfAPhotographBelongTogether() throws {
        for index in 0..<2 { try write(DrawnPicture.make(seed: UInt64(index)), "\(index).jpg") }
        var crops = dataset([("0.jpg", 0), ("1.jpg", 1), ("0.jpg", 1)])
        for index in crops.items.indices {
            guard case .file(let path) = crops.items[index].source else { continue }
            crops.items[index].source = .crop(
                of: path, size: .init(width: 160, height: 120),
                box: .init(x: Double(index * 9), y: 0, width: 20, height: 20))
        }
        let check = ClassificationCheck(crops, findsSimilar: true)
        #expect(check.groups == [0, 1, 0] && check.repeated.isEmpty && check.contradictory.isEmpty)
    }

    @Test func partsHaveTheirShareOfEveryClass() {
        let labels = (0..<100).map { $0 % 10 == 0 ? 1 : 0 }
        let pictures = dataset(labels.enumerated().map { ("\($0)", $1) })
        let groups = (0..<100).map { $0 / 2 * 2 }
        let parts = pictures.holdingOut(0.2, groups: groups, seed: 3)
        #expect(parts.kept.count == 80 && parts.heldOut.count == 20)
        #expect(Set(parts.kept + parts.heldOut).count == 100)
        #expect(parts.heldOut.count { labels[$0] == 1 } == 2)
        #expect(parts.heldOut.allSatisfy { parts.heldOut.contains($0 ^ 1) }, "pairs stay together")
        let again = pictures.holdingOut(0.2, groups: groups, seed: 3)
        #expect(again.heldOut == parts.heldOut)
        #expect(pictures.holdingOut(0.2, groups: groups, seed: 4).heldOut != parts.heldOut)
    }
}
