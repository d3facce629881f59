import NeedletailCuration
import ProgramRunner
import Testing

/// Categories renamed, joined, dropped.
@Suite struct RemapTests {
    private let dataset = SmallDataset.make([[0, 1], [2], [3, 3]], classes: ["cat", "dog", "car", "sky"])

    @Test func joinedUnderANewName() throws {
        var mapping = CategoryMapping()
        mapping.names = ["dog": "pet", "cat": "pet", "sky": nil]
        let mapped = try mapping(dataset)
        #expect(mapped.categories.map(\.name) == ["pet", "car"])
        #expect(mapped.categories.map(\.id) == [1, 3])
        #expect(mapped.annotations.map(\.category) == [0, 0, 1])
        #expect(mapped.images.count == 3)
    }

    @Test func joinedUnderAnExistingName() throws {
        var mapping = CategoryMapping()
        mapping.names = ["cat": "car"]
        let mapped = try mapping(dataset)
        // The category that has the name gives the identifier.
        #expect(mapped.categories.map(\.name) == ["car", "dog", "sky"])
        #expect(mapped.categories.map(\.id) == [3, 2, 4])
        #expect(mapped.annotations.map(\.category) == [0, 1, 0, 2, 2])
    }

    @Test func namesInOtherCase() throws {
        var mapping = CategoryMapping()
        mapping.names = ["Dog": "pet", "CAT": nil]
        #expect(try mapping(dataset).categories.map(\.name) == ["pet", "car", "sky"])
        // One class under two names has to become one thing.
        mapping.names["dog"] = "hound"
        #expect(message { _ = try mapping(dataset) }?.contains("dog is mapped twice") == true)
        mapping.names["dog"] = "pet"
        #expect(try mapping(dataset).categories.map(\.name) == ["pet", "car", "sky"])
    }

    @Test func swappedNames() throws {
        var mapping = CategoryMapping()
        mapping.names = ["cat": "dog", "dog": "cat"]
        #expect(try mapping(dataset).categories.map(\.name) == ["dog", "cat", "car", "sky"])
    }

    @Test func othersDroppedAndIdentifiersAnew() throws {
        var mapping = CategoryMapping()
        mapping.names = ["sky": "sky", "dog": "hound"]
        mapping.dropsOthers = true
        mapping.firstID = 0
        let mapped = try mapping(dataset)
        #expect(mapped.categories.map(\.name) == ["hound", "sky"])
        #expect(mapped.categories.map(\.id) == [0, 1])
        #expect(mapped.categories.map(\.number) == [0, 1])
        #expect(mapped.annotations.map(\.category) == [0, 1, 1])
    }

    @Test func readFromFiles() throws {
        var lines = CategoryMapping()
        try lines.read("# pets\ncat = pet \r\n\n dog=pet\nsky =\n", file: "classes.txt")
        #expect(lines.names == ["cat": "pet", "dog": "pet", "sky": nil])
        var json = CategoryMapping()
        try json.read(" {\"cat\": \"pet\", \"dog\": \"pet\", \"sky\": null}", file: "classes.json")
        #expect(json == lines)
        #expect(message { try lines.read("cat pet", file: "f") } == "f:1: there is no '='. Write: old name = new name")
        #expect(message { try lines.read("cat=x", file: "f") }?.hasPrefix("f:1: cat is mapped twice") == true)
        #expect(message { try json.read("{\"a\": 3}", file: "f") }?.hasPrefix("f: ") == true)
    }

    @Test func namesThatDoNotExist() throws {
        var mapping = CategoryMapping()
        mapping.names = ["cot": "pet"]
        #expect(message { _ = try mapping(dataset) } == "no category is called \"cot\"; \"cat\" may be meant.")
    }
}
