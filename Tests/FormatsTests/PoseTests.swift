import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import ProgramRunner
import Testing

/// Rows of YOLO's labels that go on behind the box.
@Suite struct PoseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ rows: String, _ more: String = "") throws -> Dataset {
        _ = try folder.write("train: images\nval: images\nnames: {0: person}\n\(more)\n", to: "data.yaml")
        let pixels = [UInt8](repeating: 90, count: 8000)
        _ = try folder.write(
            Data(try Image(width: 100, height: 80, format: .gray, bytes: pixels).pngBytes()), to: "images/a.png")
        _ = try folder.write(rows, to: "labels/a.txt")
        return try Dataset.read(folder.path)
    }

    private func keypoints(_ dataset: Dataset) throws -> [String] {
        try dataset.write(to: folder.path + "/out.json")
        let coco = try text(of: folder.path + "/out.json")
        return coco.matches(of: /"keypoints":(\[[^\]]*\]),"num_keypoints":([0-9]+)/).map { "\($0.1) \($0.2)" }
    }

    /// A box around (25, 40) of 30 x 40, with points at (15, 24), (20, 32) and (30, 48).
    private static let box = Box(x: 10, y: 20, width: 30, height: 40)

    @Test func tracks() throws {
        let boxes = [Self.box, Box(x: 0, y: 0, width: 100, height: 80)]
        let scored = try read("0 0.25 0.5 0.3 0.5 0.75 1\n0 0.5 0.5 1 1 1 2\n")
        #expect(scored.annotations.map(\.box) == boxes)
        #expect((0..<2).map { scored.field("score", ofAnnotation: $0) } == ["0.75", "1"])
        #expect((0..<2).map { scored.field("track_id", ofAnnotation: $0) } == ["1", "2"])
        let plain = try read("0 0.25 0.5 0.3 0.5 1\n0 0.5 0.5 1 1 12\n")
        #expect(plain.annotations.map(\.box) == boxes && plain.field("track_id", ofAnnotation: 1) == "12")
        #expect(plain.field("score", ofAnnotation: 0) == nil)
        // Triangles that end at the border, and confidences of 1.
        let triangles = try read("0 0.1 0.25 0.4 0.25 0.1 1\n0 0.1 0.25 0.4 0.25 0.1 0.75\n")
        #expect(triangles.annotations.map(\.box.height) == [60, 40])
        #expect(try read("0 0.25 0.5 0.3 0.5 1\n").field("score", ofAnnotation: 0) == "1")
    }

    @Test func pointsOfTwoNumbers() throws {
        let dataset = try read(
            "0 0.25 0.5 0.3 0.5 0.15 0.3 0.2 0.4 0.3 0.6\n0 0.25 0.5 0.3 0.5 0 0 0.2 0.4 0.3 0.6 0.75\n0 0.5 0.5 1 1\n",
            "kpt_shape: [3, 2]")
        #expect(dataset.annotations.map(\.box) == [Self.box, Self.box, Box(x: 0, y: 0, width: 100, height: 80)])
        #expect(
            try keypoints(dataset) == ["[15,24,2,20,32,2,30,48,2] 3", "[0,0,0,20,32,2,30,48,2] 2"])
        #expect(dataset.field("score", ofAnnotation: 1) == "0.75")
        #expect(dataset.issueCounts == [:])
    }

    @Test(arguments: ["kpt_shape: [2, 3]", ""]) func pointsOfThreeNumbers(_ shape: String) throws {
        // Without `kpt_shape`, flags of visibility tell what the rows are.
        let dataset = try read(
            "0 0.25 0.5 0.3 0.5 0.15 0.3 2 0.9 0.9 0\n0 0.25 0.5 0.3 0.5 0.15 0.3 1 0.3 0.6 2\n", shape)
        #expect(dataset.annotations.map(\.box) == [Self.box, Self.box])
        #expect(try keypoints(dataset) == ["[15,24,2,90,72,0] 1", "[15,24,1,30,48,2] 2"])
    }

    @Test func rowsOfAnotherLength() throws {
        let error = caught { _ = try read("0 0.25 0.5 0.3 0.5 0.15 0.3 0.2\n", "kpt_shape: [3, 2]") }
        #expect(error?.problem == "the row has 8 numbers, but one of 3 keypoints of 2 numbers has 11")
        #expect(error?.remedy?.description.contains("kpt_shape") == true)
        let shape = caught { _ = try read("", "kpt_shape: [17]") }
        #expect(shape?.problem.contains("kpt_shape") == true)
    }

    /// Polygons, and the four corners of turned boxes, are what they were.
    @Test(arguments: [
        "0 0.1 0.1 0.5 0.1 0.5 0.9", "0 0.1 0.1 0.5 0.1 0.5 0.9 0.1 0.9",
        "0 0.25 0.5 0.3 0.5 0.15 0.3 0.2 0.4\n0 0.25 0.5 0.3 0.5 0.15 0.3 0.2 0.4\n0 0.25 0.5 0.3 0.5 0.15 0.3 0.2 0.4",
    ])
    func polygonsStayPolygons(_ rows: String) throws {
        let dataset = try read(rows)
        #expect(dataset.issueCounts[.ambiguousRows] == nil)
        guard case .polygons(let polygons) = dataset.segmentation(ofAnnotation: 0) else {
            Issue.record("no polygon")
            return
        }
        #expect(polygons[0].count == rows.split(separator: "\n")[0].split(separator: " ").count - 1)
    }

    /// Rows that are all alike and would be poses as well as polygons.
    @Test func rowsThatMayBeEither() throws {
        let row = "0 0.25 0.5 0.3 0.5 0.15 0.3 0.2 0.4 0.3 0.6\n"
        #expect(try read(row + row).issueCounts[.ambiguousRows] == nil, "two rows may be alike by chance")
        // As detectors write poses: confidences of points, and of the object behind them.
        let found = "0 0.25 0.5 0.3 0.5 0.15 0.3 0.9 0.2 0.4 0.83 0.9 0.9 0.02 0.75\n"
        #expect(try read(found + found + found).issueCounts[.ambiguousRows] == 1)
        let dataset = try read(row + row + row)
        #expect(dataset.issues.first { $0.kind == .ambiguousRows }?.detail == "all rows have 11 numbers")
        #expect(dataset.segmentation(ofAnnotation: 0) != nil)
    }
}
