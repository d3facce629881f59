import NeedletailShapes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The COCO file of one split.
struct COCODataset: Encodable {
    struct Information: Encodable {
        var description = "Drawn shapes for object detection"
        var version = "1.0"
        var contributor = "needletail-synthesize"
    }

    struct License: Encodable {
        var id = 1
        var name = "Apache-2.0, made by needletail-synthesize"
        var url = "https://www.apache.org/licenses/LICENSE-2.0"
    }

    struct Category: Encodable {
        var id: Int
        var name: String
        var supercategory: String
    }

    struct Picture: Encodable {
        var id: Int
        var fileName: String
        var width: Int
        var height: Int
        var license = 1

        enum CodingKeys: String, CodingKey {
            case id, width, height, license
            case fileName = "file_name"
        }
    }

    struct Annotation: Encodable {
        var id: Int
        var imageID: Int
        var categoryID: Int
        var bbox: [Int]
        var area: Int
        var isCrowd = 0
        var segmentation: [[Int]] = []

        enum CodingKeys: String, CodingKey {
            case id, bbox, area, segmentation
            case imageID = "image_id"
            case categoryID = "category_id"
            case isCrowd = "iscrowd"
        }
    }

    // People's ids have gaps, so these have, too.
    private static let categoryIDs: [ShapeKind: Int] = [
        .gear: 1, .flower: 2, .stripedBall: 3, .spottedBall: 5, .leaf: 8, .fish: 13,
    ]

    private static func categoryID(_ kind: ShapeKind) -> Int { categoryIDs[kind] ?? kind.rawValue + 100 }

    var info = Information()
    var licenses = [License()]
    var categories: [Category]
    var images: [Picture] = []
    var annotations: [Annotation] = []

    init(kinds: [ShapeKind]) {
        categories = kinds.map { kind in
            let group =
                switch kind {
                case .gear, .flower: "toothed"
                case .stripedBall, .spottedBall: "ball"
                case .leaf, .fish: "pointed"
                default: "other"
                }
            return Category(id: Self.categoryID(kind), name: kind.name, supercategory: group)
        }
    }

    mutating func add(_ scene: SyntheticScene, id: Int, file: String) {
        images.append(Picture(id: id, fileName: file, width: scene.image.width, height: scene.image.height))
        for (number, object) in scene.objects.enumerated() {
            let box = [object.box.x, object.box.y, object.box.width, object.box.height].map { Int($0) }
            // Unique over the splits: an image has at most ten objects.
            annotations.append(
                Annotation(
                    id: id * 100 + number, imageID: id, categoryID: Self.categoryID(object.kind), bbox: box,
                    area: object.area))
        }
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
