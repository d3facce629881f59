import Needletail

/// Anchors, how much they overlap objects, and which of them are to find which.
enum Anchors: Chapter {
    static let name = "anchors"
    static let title = "anchors, intersection over union, and labels"

    static func run(_ notebook: Notebook) throws {
        // Shares of the picture's sides, of a hundred pixels here.
        let objects = boxes([(10, 8, 52, 92), (55, 20, 90, 88)])
        let anchors = boxes([(0, 10, 20, 30), (15, 20, 40, 40), (63, 5, 88, 98), (66, 45, 80, 80), (57, 30, 92, 90)])

        notebook.title("Intersection over union: a row for each anchor; the dog, the cat")
        let overlaps = Matrix(anchors.count, objects.count) { anchors[$0].intersectionOverUnion(with: objects[$1]) }
        notebook.show(overlaps, "overlap")

        notebook.title("Labels: object from 0.5, ignored from 0.4, and to each object its best anchor")
        let labels = AnchorMatcher(low: 0.4, high: 0.5).matches(anchors: anchors, objects: objects)
        for (anchor, label) in labels.enumerated() { print("anchor \(anchor): \(text(label))") }

        notebook.title("What the network is to say: how far the object's box is from the anchor's")
        let coder = BoxCoder(weights: [10, 10, 5, 5])
        for (anchor, label) in labels.enumerated() where label >= 0 {
            let offsets = coder.encode(objects[Int(label)], anchor: anchors[anchor])
            print("anchor \(anchor): \((0..<4).map { Notebook.text(offsets[$0]) }.joined(separator: " "))")
            let back = coder.decode(offsets, anchor: anchors[anchor])
            print("  and back: \((0..<4).map { Notebook.text(back.vector[$0]) }.joined(separator: " "))")
        }

        notebook.title("RetinaNet's anchors of a picture of 640x640")
        let generator = AnchorGenerator.retinaNet
        let maps = RetinaNet.featureSizes(inputHeight: 640, inputWidth: 640)
        let all = generator.anchors(featureSizes: maps, inputHeight: 640, inputWidth: 640)
        for (map, level) in zip(maps, all) {
            let cell = level[0]
            print(
                "map of \(map.height)x\(map.width): \(Notebook.count(level.count)), "
                    + "the first \(Int(cell.width))x\(Int(cell.height)) pixels")
        }
        print("in all \(Notebook.count(all.reduce(0) { $0 + $1.count }))")
        try notebook.draw(picture(objects, anchors, labels), "anchors")
    }

    static func boxes(_ corners: [(Float, Float, Float, Float)]) -> [Corners] {
        corners.map { Corners($0.0, $0.1, $0.2, $0.3) }
    }

    private static func text(_ label: Int32) -> String {
        switch label {
        case AnchorMatcher.background: "background"
        case AnchorMatcher.ignored: "ignored"
        default: ["dog", "cat"][Int(label)]
        }
    }

    private static func picture(_ objects: [Corners], _ anchors: [Corners], _ labels: [Int32]) -> Image {
        let scale: Float = 6
        let canvas = Image(width: 600, height: 600, filledWith: Color(0x1B1F24))
        func labeled(_ box: Corners, _ text: String, _ color: Color, _ style: LabeledBox.Style) -> LabeledBox {
            LabeledBox(box: Box(box.scaled(byX: scale, y: scale)), label: text, color: color, style: style)
        }
        let names = ["dog", "cat"]
        return canvas.annotated(
            with: zip(objects, names).map { labeled($0, $1, .white, .groundTruth) }
                + zip(anchors, labels).enumerated().map { index, pair in
                    labeled(pair.0, "\(index): \(text(pair.1))", .forClass(Int(pair.1) + 2), .detection)
                })
    }
}
