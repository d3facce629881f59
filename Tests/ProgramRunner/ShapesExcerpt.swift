import Foundation

/// A few images of `datasets/shapes`, with annotations of their own.
public struct ShapesExcerpt {
    /// The COCO JSON file.
    public let annotations: String
    /// The folder with copies of the images.
    public let imageFolder: String
    /// File names, in the order of the annotations.
    public let names: [String]
    public let boxCount: Int

    /// The package's folder.
    public static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private struct COCO: Codable {
        struct Image: Codable {
            var id: Int
            var fileName: String
            var width: Int
            var height: Int
        }

        struct Annotation: Codable {
            var id: Int
            var imageId: Int
            var categoryId: Int
            var bbox: [Double]
            var area: Double
            var iscrowd: Int
        }

        struct Category: Codable {
            var id: Int
            var name: String
        }

        var images: [Image]
        var annotations: [Annotation]
        var categories: [Category]
    }

    /// Copies `count` images with boxes and writes `name.json`.
    public init(_ split: String, count: Int, to folder: TemporaryFolder, name: String, images: String = "images") throws
    {
        let source = Self.package + "/datasets/shapes"
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var content = try decoder.decode(
            COCO.self, from: Data(contentsOf: URL(fileURLWithPath: "\(source)/\(split).json")))
        let occupied = Set(content.annotations.map(\.imageId))
        content.images = Array(content.images.filter { occupied.contains($0.id) }.prefix(count))
        let kept = Set(content.images.map(\.id))
        content.annotations.removeAll { !kept.contains($0.imageId) }
        imageFolder = folder(images)
        names = content.images.map(\.fileName)
        boxCount = content.annotations.count
        for name in names {
            let file = URL(fileURLWithPath: "\(source)/images/\(name)")
            try folder.write(try Data(contentsOf: file), to: "\(images)/\(name)")
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        annotations = try folder.write(try encoder.encode(content), to: name + ".json")
    }
}
