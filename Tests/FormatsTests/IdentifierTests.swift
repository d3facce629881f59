import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Identifiers of every kind find their records, and those that stand twice are named.
@Suite struct IdentifierTests {
    /// A file with an image and a box for each identifier; the boxes in reverse order, each as wide as its image's
    /// place in the list says.
    private func read(_ ids: [String], annotationIDs: [String]? = nil) throws -> Dataset {
        let images = ids.enumerated().map {
            #"{"id": \#($1), "file_name": "\#($0).jpg", "width": 9000, "height": 9000}"#
        }
        let boxes = ids.enumerated().reversed().map { place, id in
            #"{"id": \#(annotationIDs?[place] ?? "\(place + 1)"), "image_id": \#(id), "category_id": 1, "#
                + #""bbox": [0, 0, \#(place + 2), 2]}"#
        }
        let text = """
            {"images": [\(images.joined(separator: ", "))], "categories": [{"id": 1, "name": "thing"}],
            "annotations": [\(boxes.joined(separator: ", "))]}
            """
        let folder = try TemporaryFolder()
        // The folder goes with the last use of the value.
        return try withExtendedLifetime(folder) { try Dataset.read(folder.write(text), isLenient: true) }
    }

    private func random(_ count: Int) -> [String] {
        var generator = SplitMix(state: 11)
        return (0..<count).map { _ in "\(Int(bitPattern: UInt(generator.next())))" }
    }

    @Test(arguments: [
        ["5", "6", "7", "8"], ["8", "7", "6"], ["3", "1", "2"], ["1", "1000000000000000"], ["0"],
        ["-3", "-1", "0", "2"],
        ["9223372036854775807", "-9223372036854775808", "0"], ["9223372036854775807", "9223372036854775806"],
        ["9007199254740993", "9007199254740992"], [#""a""#, #""b""#, "1"], ["18446744073709551617", "1", "1.5"],
        ["-9223372036854775808", #""x""#, "-9223372036854775807"],
    ])
    func findTheirImages(_ ids: [String]) throws {
        let dataset = try read(ids)
        #expect(dataset.annotations.map(\.image) == Array(ids.indices.reversed()))
        #expect(dataset.annotations.map(\.box.width) == ids.indices.reversed().map { Double($0 + 2) })
        #expect(dataset.issueCounts == [:])
    }

    @Test func manyScatteredOnesFindTheirImages() throws {
        let ids = random(5000)
        #expect(try read(ids).annotations.map(\.image) == Array(ids.indices.reversed()))
    }

    @Test func unknownOnesAreRefusedAndOthersStay() throws {
        let text = """
            {"images": [{"id": 5, "file_name": "a.jpg", "width": 9, "height": 9},
            {"id": 5000000000000000000, "file_name": "b.jpg", "width": 9, "height": 9}],
            "categories": [{"id": 1, "name": "thing"}], "annotations": [
            {"id": 1, "image_id": 4, "category_id": 1, "bbox": [0, 0, 2, 2]},
            {"id": 2, "image_id": "5", "category_id": 1, "bbox": [0, 0, 3, 2]},
            {"id": 3, "image_id": -5000000000000000000, "category_id": 1, "bbox": [0, 0, 4, 2]},
            {"id": 4, "image_id": 5000000000000000000, "category_id": 1, "bbox": [0, 0, 5, 2]},
            {"id": 5, "image_id": 5, "category_id": 2, "bbox": [0, 0, 6, 2]}]}
            """
        let folder = try TemporaryFolder()
        let dataset = try withExtendedLifetime(folder) { try Dataset.read(folder.write(text), isLenient: true) }
        // Without its image a box has no place; without its category it keeps what it is called.
        #expect(dataset.annotations.map(\.id) == [2, 4, 5])
        #expect(dataset.annotations.map(\.image) == [0, 1, 0])
        #expect(dataset.categories.map(\.name) == ["thing", "2"])
        #expect(dataset.issueCounts == [.looseReference: 1, .unknownCategory: 1])
        #expect(dataset.refusals.map(\.record) == ["annotations[0] (id 1)", "annotations[2] (id 3)"])
    }

    /// The second and third of one identifier, wherever its numbers lie.
    @Test(arguments: [
        (["1", "2", "1", "3", "1"], [2, 4]), (["900100000001", "5", "900100000001", "6"], [2]),
        (["-1", "-2", "-1"], [2]), (["7", "6", "5"], []), ([#""7""#, "7", #""7""#], [2]),
        (["-9223372036854775808", "9223372036854775807", "-9223372036854775808"], [2]),
    ])
    func repeatedOnesAreNamed(_ ids: [String], _ expected: [Int]) throws {
        let images = try read(ids)
        #expect(images.issues.filter { $0.kind == .duplicateImageID }.compactMap(\.image) == expected)
        // The first image gets all boxes of the identifier.
        #expect(images.annotations.map(\.image) == ids.indices.reversed().map { ids.firstIndex(of: ids[$0]) ?? -1 })
        let boxes = try read(ids.indices.map(String.init), annotationIDs: ids.reversed())
        #expect(boxes.issues.filter { $0.kind == .duplicateAnnotationID }.compactMap(\.annotation) == expected)
    }

    /// More clusters than are kept apart by pages.
    @Test func repeatedOnesAmongManyScatteredOnesAreNamed() throws {
        var ids = random(4000)
        ids[3777] = ids[12]
        ids[13] = ids[12]
        let dataset = try read(ids)
        #expect(dataset.issues.filter { $0.kind == .duplicateImageID }.map(\.image) == [13, 3777])
    }

    /// `é` as one scalar and as two is one name.
    @Test func repeatedFileNames() throws {
        func repeats(_ names: [String]) throws -> [Int?] {
            let images = names.enumerated().map { ImageRecord(id: .integer($0), fileName: $1, width: 1, height: 1) }
            let dataset = Dataset(images: images, categories: [], annotations: [])
            return dataset.issues.filter { $0.kind == .duplicateFileName }.map(\.image)
        }
        #expect(try repeats(["a", "b", "ab", "a", "", "b", "a"]) == [3, 5, 6])
        #expect(try repeats(["caf\u{E9}", "cafe", "cafe\u{301}"]) == [2])
    }
}
