import Needletail

/// Of several boxes around one object the best remains.
enum Suppression: Chapter {
    static let name = "suppression"
    static let title = "non-maximum suppression"

    static func run(_ notebook: Notebook) throws {
        let boxes = Anchors.boxes([(10, 8, 52, 92), (8, 20, 56, 95), (15, 30, 62, 91), (55, 20, 90, 88)])
        let scores: [Float] = [0.9, 0.8, 0.7, 0.9]
        let names = ["dog", "dog", "dog", "cat"], classes = [0, 0, 0, 1]
        for index in boxes.indices {
            print(
                "\(index): \(names[index]) \(Notebook.text(scores[index])), overlap with 0: "
                    + Notebook.text(boxes[0].intersectionOverUnion(with: boxes[index])))
        }
        for threshold in [0.3, 0.5, 0.6, 0.8] {
            let kept = NonMaximumSuppression.keptIndices(
                boxes: boxes, scores: scores, classes: classes, threshold: threshold)
            print("overlap up to \(threshold): kept \(kept.map(String.init).joined(separator: ", "))")
        }
        let alike = NonMaximumSuppression.keptIndices(
            boxes: boxes, scores: scores, classes: [0, 0, 0, 0], threshold: 0.1)
        print("were all one class, up to 0.1: kept \(alike.map(String.init).joined(separator: ", "))")

        try notebook.draw(picture(boxes, names, scores), "suppression")
    }

    private static func picture(_ boxes: [Corners], _ names: [String], _ scores: [Float]) -> Image {
        let canvas = Image(width: 500, height: 500, filledWith: Color(0x2C3E50))
        let labeled = boxes.indices.map { index in
            LabeledBox(
                box: Box(boxes[index].scaled(byX: 5, y: 5)), label: "\(names[index]) \(Notebook.text(scores[index]))",
                color: .forClass(names[index]))
        }
        let kept = NonMaximumSuppression.keptIndices(
            boxes: boxes, scores: scores, classes: [0, 0, 0, 1], threshold: 0.5)
        var sheet = ContactSheet(columns: 2, tileWidth: 500, tileHeight: 500)
        sheet.append(canvas, boxes: labeled, caption: "before: \(boxes.count)")
        sheet.append(canvas, boxes: kept.map { labeled[$0] }, caption: "after: \(kept.count)")
        return sheet.image
    }
}
