import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailImages
import Testing

/// Copies that were compressed, resized or made brighter are found; other pictures are not.
@Suite struct SimilarPictureTests {
    /// Checks four pictures of the set with one more, made from the first.
    private func kinds(_ make: (Image) throws -> Image, quality: Int = 85) throws -> [DatasetIssue.Kind: Int] {
        var seeded = try SeededDataset()
        let copy = try make(try seeded.picture("1.jpg"))
        try seeded.write(copy, to: "copy.jpg", quality: quality)
        seeded.images.append(
            #"{"id": 9, "file_name": "copy.jpg", "width": \#(copy.width), "height": \#(copy.height)}"#)
        seeded.annotations.append(SeededDataset.box(9, image: 9, category: 1, "1, 1, 20, 20"))
        return try seeded.check().counts
    }

    @Test(arguments: [15, 30, 60, 95])
    func recompressed(quality: Int) throws {
        #expect(try kinds({ $0 }, quality: quality) == [.nearDuplicateImage: 1])
    }

    @Test(arguments: [(80, 60), (320, 240), (213, 160), (120, 120)])
    func resized(width: Int, height: Int) throws {
        #expect(try kinds { $0.resized(width: width, height: height) } == [.nearDuplicateImage: 1])
    }

    @Test(arguments: [-40, -15, 15, 40])
    func brighter(difference: Int) throws {
        #expect(try kinds { $0.brighter(by: difference) } == [.nearDuplicateImage: 1])
    }

    @Test func pixelsCountAndNotTheFile() throws {
        var seeded = try SeededDataset()
        let picture = try seeded.picture("1.jpg")
        for (id, compression) in [(8, 1), (9, 9)] {
            try seeded.folder.write(Data(try picture.pngBytes(compression: compression)), to: "images/\(id).png")
            seeded.images.append(#"{"id": \#(id), "file_name": "\#(id).png", "width": 160, "height": 120}"#)
            seeded.annotations.append(SeededDataset.box(id, image: id, category: 1, "1, 1, 20, 20"))
        }
        // The PNG files hold the pixels of the JPEG, byte for byte.
        #expect(try seeded.check().counts == [.duplicateImage: 2])
    }

    @Test func mirroredPicturesAreOthers() throws {
        #expect(try kinds { $0.flippedHorizontally() } == [:])
    }

    /// Small changes to the same background, as a fixed camera sees them, are other pictures when what counts moved.
    @Test func manyPicturesHaveNothingInCommon() throws {
        var seeded = try SeededDataset()
        for index in 10..<70 {
            try seeded.write(DrawnPicture.make(seed: UInt64(index)), to: "\(index).jpg")
            seeded.images.append(#"{"id": \#(index), "file_name": "\#(index).jpg", "width": 160, "height": 120}"#)
            seeded.annotations.append(SeededDataset.box(index, image: index, category: 1, "1, 1, 20, 20"))
        }
        #expect(try seeded.check().counts == [:])
    }

    /// Empty pictures are alike without being the same photograph.
    @Test func flatPicturesAreNotCompared() throws {
        var seeded = try SeededDataset()
        for (index, value) in [(8, 200), (9, 201)] {
            let color = Color(red: UInt8(value), green: UInt8(value), blue: UInt8(value))
            try seeded.write(Image(width: 160, height: 120, filledWith: color), to: "\(index).jpg")
            seeded.images.append(#"{"id": \#(index), "file_name": "\#(index).jpg", "width": 160, "height": 120}"#)
            seeded.annotations.append(SeededDataset.box(index, image: index, category: 1, "1, 1, 20, 20"))
        }
        #expect(try seeded.check().counts == [:])
    }

    @Test func theSameAtAnyTime() throws {
        var seeded = try SeededDataset()
        try seeded.write(try seeded.picture("1.jpg"), to: "2.jpg", quality: 40)
        seeded.annotations.append(SeededDataset.box(3, image: 1, category: 1, "1, 1, 0, 5"))
        let first = try seeded.check().issues.map(\.description)
        #expect(first.count == 3)
        for _ in 0..<3 { #expect(try seeded.check().issues.map(\.description) == first) }
    }
}
