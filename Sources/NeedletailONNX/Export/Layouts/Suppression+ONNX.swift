import NeedletailCheckpoints
import NeedletailModels

extension PostProcessing {
    /// Writes what remains of the boxes of an image where those of a class overlap, best first: `[limit, 6]`, corners, score
    /// and class, with rows of zeros behind the last.
    ///
    /// - Parameters:
    ///   - boxes: By their corners.
    ///   - scores: `[1, classes, boxes]`.
    func write(boxes: ONNXBoxes, scores: String, to writer: ONNXWriter) -> String {
        func name(_ part: String) -> String { "suppression/\(part)" }
        let rows = writer.transpose(boxes.joined(writer), [0, 2, 1], named: name("boxes"))
        let kept = writer.node(
            "NonMaxSuppression",
            [
                rows, scores, writer.integers([limit], named: name("limit")),
                writer.floats([Float(overlapThreshold)], [1], named: name("overlap")),
                writer.floats([scoreThreshold], [1], named: name("score")),
            ], named: "suppression")
        func column(_ column: Int, _ shape: [Int]) -> String {
            writer.reshape(
                writer.slice(kept, axes: [1], from: [column], to: [column + 1], named: name("column")), shape,
                named: name("column"))
        }
        let corners = writer.node(
            "Gather",
            [writer.reshape(rows, [-1, 4], named: name("rows")), column(2, [-1])],
            ["axis": .integer(0)], named: name("corners"))
        let keptScores = writer.reshape(
            writer.node("GatherND", [scores, kept], named: name("scores")), [-1, 1], named: name("scores"))
        let classes = writer.cast(column(1, [-1, 1]), to: .float32, named: name("classes"))
        let found = writer.concatenate([corners, keptScores, classes], axis: 1, named: name("found"))
        let zeros = writer.floats(
            [Float](repeating: 0, count: 6 * limit), [limit, 6], named: name("zeros"))
        let padded = writer.concatenate([found, zeros], axis: 0, named: name("padded"))
        let order = writer.reshape(
            writer.slice(padded, axes: [1], from: [4], to: [5], named: name("order")), [-1], named: name("order"))
        let best = writer.nodes(
            "TopK", [order, writer.integers([limit], named: name("limit"))], ["axis": .integer(0)], outputs: 2,
            named: name("best"))
        return writer.node("Gather", [padded, best[1]], ["axis": .integer(0)], named: name("sorted"))
    }

    /// Rows of the result.
    var limit: Int { min(detectionsPerImage, 10_000) }
}
