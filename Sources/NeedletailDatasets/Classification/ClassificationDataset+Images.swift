import NeedletailGeometry
import NeedletailImages

extension ClassificationDataset.Item {
    /// Loads the picture, as its files store it: grey or RGB.
    ///
    /// - Parameter minimumSide: A JPEG may be decoded at a half, a quarter or an eighth of its size as long as no side
    ///   becomes smaller; nil for the whole picture.
    /// - Throws: `ImageError`; ``AnnotatedImageError`` where a photograph is not of the size that its annotations say.
    public func image(minimumSide: Int? = nil) throws -> Image {
        switch source {
        case .array(let pictures, let index): return pictures[index]
        case .file(let path):
            let least = minimumSide.map { Image.Size(width: $0, height: $0) }
            return try Image(contentsOf: path, options: .init(minimumSize: least))
        case .crop(let path, let size, let box):
            return Self.crop(box, from: try AnnotatedImage.load(path, width: size.width, height: size.height))
        }
    }

    /// The whole pixels that a box touches; where it lies outside of the photograph, the pixel that is nearest.
    static func crop(_ box: Box, from image: Image) -> Image {
        func range(_ start: Double, _ end: Double, _ limit: Int) -> (first: Int, count: Int) {
            let first = Int(min(max(start.rounded(.down), 0), Double(limit - 1)))
            let last = Int(min(max(end.rounded(.up), Double(first + 1)), Double(limit)))
            return (first, last - first)
        }
        let columns = range(box.x, box.x2, image.width), rows = range(box.y, box.y2, image.height)
        return image.cropped(x: columns.first, y: rows.first, width: columns.count, height: rows.count)
    }

    /// The file that the picture is in; nil of one in memory.
    public var file: String? {
        switch source {
        case .file(let path): path
        case .crop(let path, _, _): path
        case .array: nil
        }
    }
}

extension ClassificationDataset {
    /// Whether all pictures are grey, by the headers of their files, of which some hundred are looked at.
    public var isGray: Bool {
        let step = max(items.count / 200, 1)
        let looked = stride(from: 0, to: items.count, by: step).map { items[$0] }
        return !looked.isEmpty
            && looked.allSatisfy { item in
                switch item.source {
                case .array(let pictures, _): pictures.format == .gray
                case .file(let path), .crop(let path, _, _):
                    // What cannot be read is named elsewhere.
                    (try? ImageInformation(contentsOf: path))?.isGray ?? true
                }
            }
    }
}

extension ClassificationDataset.Item {
    /// The picture, where it is cut out of a photograph.
    package func image(cutFrom photograph: Image) -> Image? {
        guard case .crop(_, _, let box) = source else { return nil }
        return Self.crop(box, from: photograph)
    }
}
