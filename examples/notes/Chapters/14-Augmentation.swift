import Needletail

/// One picture becomes many, and its boxes follow.
enum Augmentation: Chapter {
    static let name = "augmentation"
    static let title = "augmentation, with boxes that follow"

    static func run(_ notebook: Notebook) throws {
        let sample = drawing
        print("object: \(text(sample.objects[0].box))")
        let operations = [
            "flip-horizontal p=1", "flip-vertical p=1", "perspective p=1", "elastic p=1", "gamma p=1", "solarize p=1",
            "motion-blur p=1", "iso-noise p=1", "grid-dropout p=1", "fog p=1", "superpixels p=1",
        ]
        var sheet = ContactSheet(columns: 4, tileWidth: 200, tileHeight: 150)
        sheet.append(sample.image, boxes: boxes(of: sample), caption: "as it is")
        for operation in operations {
            let policy = try AugmentationPolicy(text: operation)
            let (changed, recipe) = policy.augment(sample, name: "drawing", seed: 3, epoch: 1)
            print("\(recipe): \(changed.objects.map { text($0.box) }.joined(separator: ", "))")
            sheet.append(changed.image, boxes: boxes(of: changed), caption: operation)
        }
        try notebook.draw(sheet.image, "augmentation")

        notebook.title("Drawn from seed, epoch and name: the same again, and another in the next epoch")
        let policy = try AugmentationPolicy(text: "flip-horizontal p=0.5\ngamma p=0.5 gamma=0.7..1.5")
        for epoch in [1, 1, 2, 3] {
            let (_, recipe) = policy.augment(sample, name: "drawing", seed: 0, epoch: epoch)
            print("epoch \(epoch): \(recipe)")
        }
    }

    /// A letter on a coloured ground, and its box.
    private static var drawing: LabeledImage {
        var image = Image(width: 200, height: 150, filledWith: Color(0x2C6A94))
        for row in 0..<150 {
            for column in 0..<200 { image[row: row, column: column, channel: 0] = UInt8(40 + row) }
        }
        image.draw(text: "R", x: 30, y: 40, height: 70, color: Color(0xF0E442))
        return LabeledImage(
            image: image, objects: [.init(box: Box(x: 28, y: 35, width: 62, height: 81), label: 1)])
    }

    private static func boxes(of sample: LabeledImage) -> [LabeledBox] {
        sample.objects.map { LabeledBox(box: $0.box, label: "R", color: .forClass("R")) }
    }

    private static func text(_ box: Box) -> String {
        [box.x, box.y, box.width, box.height].map { Notebook.text(Float($0)) }.joined(separator: " ")
    }
}
