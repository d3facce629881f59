import NeedletailCuration
import NeedletailDatasets
import NeedletailGeometry
import ProgramRunner
import Testing

/// Conditions, sizes, classes and samples.
@Suite struct FilterTests {
    /// Three images; boxes of 100, 400, 2500 and 50 square pixels.
    private let dataset = Dataset(
        images: [
            ImageRecord(id: 1, fileName: "a/one.png", width: 100, height: 50),
            ImageRecord(id: "two", fileName: "b/two.jpg", width: 0, height: 0),
            ImageRecord(id: 3, fileName: "empty.jpg", width: 10, height: 10),
        ],
        categories: [
            Category(id: 1, name: "cat", supercategory: "animal"), Category(id: 2, name: "hot dog"),
            Category(id: 3, name: "car"),
        ],
        annotations: [
            Annotation(id: 1, image: 0, category: 0, box: Box(x: 0, y: 0, width: 10, height: 10)),
            Annotation(id: 2, image: 0, category: 1, box: Box(x: 5, y: 1, width: 40, height: 10), crowd: true),
            Annotation(id: 3, image: 1, category: 0, box: Box(x: 0, y: 0, width: 50, height: 50), isDifficult: true),
            Annotation(id: 4, image: 1, category: 2, box: Box(x: 0, y: 0, width: 5, height: 10), area: 30),
        ])

    private func kept(_ condition: String) throws -> [Int] {
        var filter = DatasetFilter()
        filter.condition = condition
        return try filter(dataset).annotations.compactMap(\.id?.integer)
    }

    private func mistake(in condition: String) -> ExpressionError? {
        do {
            _ = try kept(condition)
            return nil
        } catch {
            return error as? ExpressionError
        }
    }

    @Test(arguments: [
        ("area > 100", [2, 3]), ("area >= 1e2", [1, 2, 3]), ("area == 30", [4]), ("area != 30", [1, 2, 3]),
        ("class in (\"cat\", 'car')", [1, 3, 4]), ("class not in (\"cat\")", [2, 4]), ("class == 'hot dog'", [2]),
        // Names are matched exactly, or else without case, spaces and hyphens.
        ("class == 'Hot-Dog'", [2]), ("class in ('CAT', 'hot_dog')", [1, 2, 3]),
        // What has no score compares with nothing.
        ("score > 0", []), ("not score > 0", [1, 2, 3, 4]),
        ("not crowd and ratio == 1", [1, 3]), ("crowd or difficult", [2, 3]), ("crowd == false", [1, 3, 4]),
        ("area > 1000 and class == \"cat\" or crowd", [2, 3]), ("area > 1000 and (class == \"cat\" or crowd)", [3]),
        // A box of 10 x 10 in 100 x 50 pixels is 0.02 of it; of an unknown size nothing is known.
        ("share == 0.02", [1]), ("share != 0.02", [2]), ("not share > 0", [3, 4]),
        ("x + width > 40", [2, 3]), ("2 * width - 10 == 3 * height / 3", [1]), ("-x < -4", [2]),
        ("supercategory == 'animal'", [1, 3]), ("supercategory == ''", [2, 4]), ("file like '*.p?g'", [1, 2]),
        ("file like 'b/*'", [3, 4]), ("not file like '*o*'", []), ("image_id == 'two'", [3, 4]),
        ("image_width > 0", [1, 2]), ("boxes == 2", [1, 2, 3, 4]), ("id in ('1', '4')", [1, 4]),
        ("width in (5, 40)", [2, 4]), ("true", [1, 2, 3, 4]), ("((((crowd))))", [2]), ("not not crowd", [2]),
    ])
    func conditions(_ condition: String, _ expected: [Int]) throws {
        #expect(try kept(condition) == expected)
    }

    @Test(arguments: [
        ("area >", 7, "expected a field"), ("area", 1, "not a condition"), ("area > 3 4", 10, "expected and"),
        ("area = 3", 6, "equality is written =="), ("clas == 'cat'", 1, "there is no field clas"),
        ("class == 'Catt'", 10, "\"cat\" may be meant"), ("class in ('cat', 'dog')", 18, "no category"),
        ("class > 3", 9, "cannot be compared with a text"), ("area in 3", 9, "expected a list"),
        ("(area > 3", 10, "expected ')'"), ("area > 'x'", 8, "a text cannot be compared"),
        ("not area", 5, "not true or false"), ("area and crowd", 1, "not true or false"), ("'x", 1, "no end"),
        ("crowd & difficult", 7, "write and, or"), ("1.2.3 > x", 1, "not a number"), ("file like x", 11, "pattern"),
        ("'a' + 1 > 2", 5, "only numbers"), ("", 1, "expected a field"), ("x not 3", 7, "expected in"),
        ("x in (1, 'a')", 10, "cannot be in a list"),
    ])
    func mistakesAreShown(_ condition: String, column: Int, problem: String) {
        let error = mistake(in: condition)
        #expect(error?.column == column)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        let mark = String(repeating: " ", count: column + 1) + "^"
        #expect(error?.description.hasSuffix("\n" + mark) == true)
    }

    @Test func deepExpressionsEndWithAnError() {
        for text in [String(repeating: "(", count: 100_000), String(repeating: "not ", count: 100_000)] {
            #expect(mistake(in: text) != nil)
        }
    }

    @Test func conditionsOnImages() throws {
        var filter = DatasetFilter()
        filter.imageCondition = "boxes > 0 and file like '*.jpg'"
        let part = try filter(dataset)
        #expect(part.images.map(\.id) == ["two"])
        #expect(part.annotations.map(\.id) == [3, 4])
        filter.imageCondition = "area > 3"
        #expect(message { _ = try filter(dataset) }?.contains("area is of boxes, not of images") == true)
    }

    @Test func classesAndSizes() throws {
        var filter = DatasetFilter()
        filter.classes = ["cat", "car"]
        var part = try filter(dataset)
        #expect(part.categories.map(\.name) == ["cat", "car"])
        #expect(part.annotations.map(\.id) == [1, 3, 4])
        #expect(part.annotations.map(\.category) == [0, 0, 1])
        #expect(part.images.count == 3)
        filter.dropsEmptyImages = true
        filter.maximumArea = 40
        part = try filter(dataset)
        #expect(part.annotations.map(\.id) == [4])
        #expect(part.images.map(\.id) == ["two"])
        filter = DatasetFilter()
        filter.excludedClasses = ["cat"]
        filter.dropsCrowds = true
        #expect(try filter(dataset).annotations.map(\.id) == [4])
        filter = DatasetFilter()
        filter.minimumSide = 10
        filter.minimumArea = 400
        #expect(try filter(dataset).annotations.map(\.id) == [2, 3])
        filter.classes = ["dgo"]
        #expect(message { _ = try filter(dataset) } == "no category is called \"dgo\"; there are cat, hot dog, car.")
    }

    @Test func samplesAreDrawnBySeed() throws {
        let dataset = SmallDataset.random(200, seed: 1)
        var filter = DatasetFilter()
        filter.sample = .count(30)
        let first = try filter(dataset).images.map(\.id)
        #expect(first.count == 30)
        #expect(first == first.sorted())
        #expect(try filter(dataset).images.map(\.id) == first)
        filter.seed = 1
        #expect(try filter(dataset).images.map(\.id) != first)
        filter.sample = .share(0.25)
        #expect(try filter(dataset).images.count == 50)
        filter.sample = .count(1000)
        #expect(try filter(dataset).images.count == 200)
    }

    @Test func untouchedRecordsStayAsTheyStood() throws {
        let seeded = try SeededDataset()
        var filter = DatasetFilter()
        filter.condition = "width == 30"
        let part = try filter(try seeded.subject().dataset)
        try part.write(to: seeded.folder("part.json"))
        let text = try seeded.folder.text(of: "part.json")
        for record in seeded.images + seeded.categories + seeded.annotations.prefix(2) {
            #expect(text.contains(record))
        }
        #expect(part.annotations.count == 2)
    }
}
