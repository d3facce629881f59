import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import ProgramRunner
import Testing

/// TensorFlow's records, as `make_tfrecord.py` wrote them with check values of its own, and what becomes of broken ones.
@Suite struct TFRecordTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func sample() throws -> String {
        let data = try Data(contentsOf: URL(fileURLWithPath: Bundle.module.bundlePath + "/Fixtures/two.tfrecord"))
        try folder.write(
            "item {\n  id: 2\n  name: 'dog'\n}\nitem { name: \"never\", id: 5 }\n", to: "a_label_map.pbtxt")
        return try folder.write(data, to: "a.tfrecord")
    }

    @Test func readsExamples() throws {
        let dataset = try Dataset.read(try sample())
        #expect(dataset.provenance.format == .tfrecord)
        #expect(dataset.images.map(\.fileName) == ["one.png", "two.png"])
        #expect(dataset.images.map(\.width) == [100, 3] && dataset.images.map(\.height) == [80, 2])
        #expect(
            dataset.categories.map(\.id) == [1, 2, 5] && dataset.categories.map(\.name) == ["cat", "dog", "never"])
        // Shares in 32 bits of 100 x 80 pixels.
        #expect(
            dataset.annotations.map(\.box) == [
                Box(x: 10.5, y: 20.25, width: 29.5, height: 39.75), Box(x: 1, y: 2, width: 3, height: 4),
            ])
        #expect(dataset.annotations.map(\.isCrowd) == [false, true])
        #expect(dataset.annotations.map(\.isDifficult) == [true, false])
    }

    /// The picture inside of the second example, which states no size.
    @Test func imagesAreUnpacked() throws {
        let dataset = try Dataset.read(try sample())
        let image = try Image(contentsOf: dataset.imagePath(ofImage: 1))
        #expect(image == Image(width: 3, height: 2, bytes: (0..<18).map { UInt8($0 * 10) }))
        #expect(folder.names() == ["a.tfrecord", "a_label_map.pbtxt"])
        // They go through: what is written holds them again.
        try dataset.write(to: folder("again"), format: .tfrecord)
        let again = try Dataset.read(folder("again"))
        #expect(try Image(contentsOf: again.imagePath(ofImage: 1)) == image)
        #expect(again.annotations.map(\.box) == dataset.annotations.map(\.box))
    }

    @Test func damageIsFound() throws {
        let path = try sample()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for count in stride(from: 13, to: whole.count, by: 7) {
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            let error = caught { _ = try Dataset.read(path) }
            // The first record may be whole, and the file end with it.
            if error == nil { #expect(try Dataset.read(path).images.count == 1) }
            #expect(error?.problem.contains("ends inside") ?? true, "\(error?.description ?? "")")
        }
        for place in stride(from: 0, to: whole.count, by: 3) {
            var spoilt = whole
            spoilt[place] ^= 0x40
            try spoilt.write(to: URL(fileURLWithPath: path))
            let error = caught { _ = try Dataset.read(path, format: .tfrecord) }
            #expect(error != nil && error?.remedy != nil, "byte \(place)")
        }
    }

    @Test func namesThatClimbStayInside() throws {
        let original = Dataset(
            images: [ImageRecord(id: 1, fileName: "../../up.png", width: 3, height: 2)], categories: [], annotations: []
        )
        #expect(
            caught { try original.write(to: folder("out"), format: .tfrecord) }?.problem.contains("leads out") == true)
    }
}
