import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Formats whose classes are fixed: written where a dataset has no others.
@Suite struct FixedClassTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(_ names: [String]) -> Dataset {
        Dataset(
            images: [("a.jpg", 40), ("b.png", 50), ("c.jpg", 60)].enumerated().map {
                ImageRecord(id: .integer(7 + $0), fileName: $1.0, width: $1.1, height: 30)
            },
            categories: names.enumerated().map { Category(id: .integer(3 + $0), name: $1) },
            annotations: [0, 0, 2].enumerated().map { place, image in
                var annotation = Annotation(
                    id: .integer(10 + place), image: image, category: place % names.count,
                    box: Box(x: 1.25 + Double(place), y: 2, width: 10.5, height: 8))
                annotation.crowd = place == 1
                return annotation
            })
    }

    @Test(arguments: [(DatasetFormat.widerface, ["Face"]), (.visdrone, ["car", "awning_tricycle"])])
    func comesBackExactly(_ format: DatasetFormat, _ names: [String]) throws {
        let original = dataset(names)
        try original.write(to: folder("copy"), format: format)
        let back = try Dataset.read(folder("copy"))
        try original.write(to: folder("expected.json"))
        try back.write(to: folder("found.json"))
        let (found, expected) = (try folder.text(of: "found.json"), try folder.text(of: "expected.json"))
        #expect(found == expected, "\(found) \(expected)")
        #expect(try DatasetFormat.recognize(folder("copy")).format == format)
    }

    @Test func whatTheFilesSay() throws {
        try dataset(["car", "awning-tricycle"]).write(to: folder("drone"), format: .visdrone)
        #expect(
            try folder.text(of: "drone/annotations/a.txt")
                == "1.25,2,10.5,8,1,4,0,0\n2.25,2,10.5,8,0,8,0,0\n")
        #expect(try folder.text(of: "drone/annotations/b.txt") == "")
        try dataset(["face"]).write(to: folder("faces.txt"), format: .widerface)
        let lines = try folder.text(of: "faces.txt").split(separator: "\n")
        #expect(lines.prefix(3) == ["a.jpg", "2", "1.25 2 10.5 8 0 0 0 0 0 0 "])
        #expect(lines[4...6] == ["b.png", "0", "0 0 0 0 0 0 0 0 0 0 "])
    }

    @Test func otherClassesAreRefused() throws {
        let error = #expect(throws: AnnotationError.self) {
            try dataset(["car", "zeppelin"]).write(to: folder("drone"), format: .visdrone)
        }
        #expect(error?.description.contains("has no class \"zeppelin\"; it has ignored regions, pedestrian") == true)
        #expect(folder.names().isEmpty)
    }
}
