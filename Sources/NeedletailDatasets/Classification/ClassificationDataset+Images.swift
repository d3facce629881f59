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
            return try AnnotatedImage.load(path, width: size.width, height: size.height).cropped(to: box)
        }
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
        return photograph.cropped(to: box)
    }
}
