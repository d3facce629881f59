import NeedletailShapes

/// The text of a large COCO file, piece by piece.
struct AnnotationText {
    /// What has been written and not yet taken.
    var bytes: [UInt8] = []
    private(set) var annotationCount = 0
    private let seed: UInt64

    /// The ids of COCO's 80 categories: 1 to 90 with gaps.
    private static let categoryIDs = (1...90).filter { ![12, 26, 29, 30, 45, 66, 68, 69, 71, 83].contains($0) }
    private static let sizes = [(640, 480), (640, 427), (480, 640), (500, 375), (640, 640), (427, 640), (333, 500)]

    init(seed: UInt64) {
        self.seed = seed
    }

    private func size(of image: Int) -> (width: Int, height: Int) { Self.sizes[image &* 7919 % Self.sizes.count] }

    // MARK: Images

    mutating func beginImages() {
        append("{\"info\": {\"description\": \"Made by needletail-synthesize\", \"year\": 2026}, ")
        append("\"licenses\": [{\"id\": 1, \"name\": \"Apache-2.0\"}], \"images\": [")
    }

    mutating func appendImage(_ image: Int) {
        let (width, height) = size(of: image)
        let digits = String(image * 5 + 9)
        let name = String(repeating: "0", count: 12 - digits.count) + digits
        append(image == 0 ? "" : ", ")
        append(
            "{\"license\": 1, \"file_name\": \"\(name).jpg\", \"coco_url\": \"http://images.example.org/train/\(name).jpg\", "
        )
        append("\"height\": \(height), \"width\": \(width), \"date_captured\": \"2013-11-14 11:18:45\", ")
        append("\"flickr_url\": \"http://photos.example.org/7816/\(name)_z.jpg\", \"id\": \(image * 5 + 9)}")
    }

    // MARK: Annotations

    mutating func beginAnnotations() {
        append("], \"annotations\": [")
    }

    mutating func appendAnnotations(of image: Int) {
        var random = SplitMix64(seed: seed &+ UInt64(image) &* 0x9E37_79B9_7F4A_7C15)
        guard random.next() % 100 > 0 else { return }
        // 1 to 13 with 7.3 on average, and a few images with many more.
        var count = 1 + Int(random.next() % 13)
        if random.next() % 40 == 0 { count += Int(random.next() % 30) }
        for _ in 0..<count { appendAnnotation(of: image, &random) }
    }

    private mutating func appendAnnotation(of image: Int, _ random: inout SplitMix64) {
        let (width, height) = size(of: image)
        let isCrowd = random.next() % 100 == 0
        // In hundredths of a pixel.
        let halfWidth = 500 + Int(random.next() % UInt64(width * 35))
        let halfHeight = 500 + Int(random.next() % UInt64(height * 35))
        let centerX = halfWidth + Int(random.next() % UInt64(max(1, width * 100 - 2 * halfWidth)))
        let centerY = halfHeight + Int(random.next() % UInt64(max(1, height * 100 - 2 * halfHeight)))
        var points: [(x: Int, y: Int)] = []
        for _ in 0..<8 + Int(random.next() % 28) {
            let x = centerX - halfWidth + Int(random.next() % UInt64(2 * halfWidth))
            let y = centerY - halfHeight + Int(random.next() % UInt64(2 * halfHeight))
            points.append((min(x, width * 100), min(y, height * 100)))
        }
        let xs = points.map(\.x)
        let ys = points.map(\.y)
        let left = xs.min() ?? 0
        let top = ys.min() ?? 0
        append(annotationCount == 0 ? "{\"segmentation\": " : ", {\"segmentation\": ")
        if isCrowd {
            // Run lengths add up to the pixels of the image.
            var rest = width * height
            append("{\"counts\": [")
            for _ in 0..<60 {
                let run = Int(random.next() % UInt64(width * height / 80))
                rest -= run
                append("\(run), ")
            }
            append("\(rest)], \"size\": [\(height), \(width)]}")
        } else {
            append("[[")
            for (index, point) in points.enumerated() {
                if index > 0 { append(", ") }
                append(hundredths: point.x)
                append(", ")
                append(hundredths: point.y)
            }
            append("]]")
        }
        let boxWidth = (xs.max() ?? 0) - left
        let boxHeight = (ys.max() ?? 0) - top
        append(", \"area\": ")
        append(hundredths: boxWidth * boxHeight / 170)
        append(", \"iscrowd\": \(isCrowd ? 1 : 0), \"image_id\": \(image * 5 + 9), \"bbox\": [")
        for (index, value) in [left, top, boxWidth, boxHeight].enumerated() {
            if index > 0 { append(", ") }
            append(hundredths: value)
        }
        annotationCount += 1
        let category = Self.categoryIDs[Int(random.next() % UInt64(Self.categoryIDs.count))]
        append("], \"category_id\": \(category), \"id\": \(annotationCount * 3 + 1)}")
    }

    mutating func finish() {
        append("], \"categories\": [")
        for (index, id) in Self.categoryIDs.enumerated() {
            append("\(index == 0 ? "" : ", ")")
            append("{\"supercategory\": \"group \(id / 10)\", \"id\": \(id), \"name\": \"kind \(id)\"}")
        }
        append("]}")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(hundredths value: Int) {
        let fraction = value % 100
        append("\(value / 100)")
        if fraction == 0 { return append(".0") }
        append(fraction % 10 == 0 ? ".\(fraction / 10)" : fraction < 10 ? ".0\(fraction)" : ".\(fraction)")
    }
}
