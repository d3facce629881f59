import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem

/// Cuts the images of a dataset into tiles, and their boxes with them.
///
/// A box is in every tile that shows enough of it, clipped to what is seen there. The share that is seen is kept in
/// the field `visible`, the image and the place that a tile was cut from in `source_file`, `tile_x` and `tile_y`.
/// Crowds are in every tile that they reach into. Polygons are clipped to the tile; other fields without a column are
/// left out, masks among them: they do not follow their boxes.
public struct DatasetTiling: Sendable {
    public var grid: TileGrid
    /// The least share of a box's area that a tile must show, greater than 0 up to 1.
    public var minimumVisible: Double
    /// Whether tiles without boxes are left out.
    public var dropsEmptyTiles: Bool
    public var format: Format

    public enum Format: Hashable, Sendable {
        /// The format of each image's own file.
        case asSource(jpegQuality: Int)
        case png
        case jpeg(quality: Int)
    }

    public init(
        grid: TileGrid, minimumVisible: Double = 0.25, dropsEmptyTiles: Bool = false,
        format: Format = .asSource(jpegQuality: 95)
    ) {
        self.grid = grid
        self.minimumVisible = minimumVisible
        self.dropsEmptyTiles = dropsEmptyTiles
        self.format = format
    }

    /// What was cut.
    public struct Result: Sendable {
        public var dataset: Dataset
        /// Images that could not be decoded, and why.
        public var failures: [String] = []
        /// Boxes that no tile shows enough of.
        public var lostBoxes = 0
        /// Objects whose run-length coded mask is left out.
        public var omittedMasks = 0
    }

    /// Cuts all images and writes the tiles into a folder.
    ///
    /// - Parameters:
    ///   - folder: Exists; its files are written whole or not at all.
    ///   - progress: Called now and then with how many images of how many are done.
    /// - Throws: `ImageError` when a tile cannot be written.
    public func cut(
        _ dataset: Dataset, into folder: String, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Result {
        var names = UniqueNames()
        let stems = dataset.images.indices.map { row in
            names.name(for: FilePath.splitEnding(FilePath.inside(dataset.images.fileName(of: row))).stem, of: "\(row)")
        }
        for parent in Set(stems.map(FilePath.parent)).sorted() where parent != "." {
            try FilePath.makeFolder("\(folder)/\(parent)")
        }
        var pieces: [[Piece]] = []
        var failures: [String] = []
        let batch = 32
        for start in stride(from: 0, to: dataset.images.count, by: batch) {
            let rows = start..<min(start + batch, dataset.images.count)
            let outcomes = concurrentMap(rows.count) { place in
                let row = rows.lowerBound + place
                return self.pieces(of: row, stems[row], dataset, folder)
            }
            for outcome in outcomes {
                switch outcome {
                case .success(let cut): pieces.append(cut)
                case .failure(let error):
                    guard !error.isOutput else { throw error.error }
                    failures.append(error.error.description)
                }
            }
            progress(rows.upperBound, dataset.images.count)
        }
        let shown = Set(pieces.joined().flatMap { $0.boxes.map(\.annotation) })
        return Result(
            dataset: assembled(pieces.flatMap { $0 }, dataset, folder), failures: failures,
            lostBoxes: dataset.annotations.indices.count {
                dataset.annotations.hasArea($0) && !dataset.annotations.isCrowd($0) && !shown.contains($0)
            }, omittedMasks: shown.count { dataset.segmentation(ofAnnotation: $0) == .runLengths })
    }

    // MARK: One image

    private struct Piece: Sendable {
        var name: String
        var source: Int
        var tile: TileGrid.Tile
        var boxes: [(annotation: Int, box: Box, visible: Double)]
    }

    private struct Failure: Error {
        var error: ImageError
        /// Whether a tile could not be written, which ends the work.
        var isOutput = false
    }

    private func pieces(
        of row: Int, _ stem: String, _ dataset: Dataset, _ folder: String
    ) -> Swift.Result<[Piece], Failure> {
        let path = dataset.imagePath(ofImage: row)
        let record = dataset.images[row]
        let image: Image
        let isJPEG: Bool
        do {
            image = try AnnotatedImage.load(path, width: record.width, height: record.height)
            isJPEG = try ImageInformation(contentsOf: path).format == .jpeg
        } catch {
            let reason = (error as? ImageError) ?? ImageError(.corrupt("\(error)"), path: path)
            return .failure(Failure(error: reason))
        }
        var pieces: [Piece] = []
        for tile in grid.tiles(ofWidth: image.width, height: image.height) {
            let boxes = visibleBoxes(in: tile, ofImage: row, dataset)
            if boxes.isEmpty, dropsEmptyTiles { continue }
            let quality: Int? =
                switch format {
                case .asSource(let quality): isJPEG ? quality : nil
                case .png: nil
                case .jpeg(let quality): quality
                }
            let name = "\(stem)_\(tile.x)_\(tile.y).\(quality == nil ? "png" : "jpg")"
            let cut = image.cropped(x: tile.x, y: tile.y, width: tile.width, height: tile.height)
            do throws(ImageError) {
                if let quality {
                    try cut.writeJPEG(to: "\(folder)/\(name)", quality: quality)
                } else {
                    try cut.writePNG(to: "\(folder)/\(name)")
                }
            } catch {
                return .failure(Failure(error: error, isOutput: true))
            }
            pieces.append(Piece(name: name, source: row, tile: tile, boxes: boxes))
        }
        return .success(pieces)
    }

    /// The boxes that a tile shows enough of, in its own coordinates.
    package func visibleBoxes(
        in tile: TileGrid.Tile, ofImage image: Int, _ dataset: Dataset
    ) -> [(annotation: Int, box: Box, visible: Double)] {
        let table = dataset.annotations
        return dataset.annotations(ofImage: image).compactMap { row in
            guard table.hasArea(row) else { return nil }
            let box = table.box(of: row)
            let moved = Box(
                x: box.x - Double(tile.x), y: box.y - Double(tile.y), width: box.width, height: box.height)
            let isInside =
                moved.x >= 0 && moved.y >= 0 && moved.x2 <= Double(tile.width) && moved.y2 <= Double(tile.height)
            // A box that is seen whole keeps every digit.
            let seen = isInside ? moved : moved.clipped(toWidth: Double(tile.width), height: Double(tile.height))
            guard seen.hasArea else { return nil }
            let visible = isInside ? 1 : seen.area / box.area
            return visible >= minimumVisible || table.isCrowd(row) ? (row, seen, visible) : nil
        }
    }

    // MARK: All together

    private func assembled(_ pieces: [Piece], _ dataset: Dataset, _ folder: String) -> Dataset {
        let images = pieces.enumerated().map { index, piece in
            ImageRecord(
                id: .integer(index + 1), fileName: piece.name, width: piece.tile.width, height: piece.tile.height)
        }
        var annotations: [Annotation] = []
        var origins: [(annotation: Int, tile: TileGrid.Tile, visible: Double)] = []
        for (image, piece) in pieces.enumerated() {
            for (row, box, share) in piece.boxes {
                var annotation = dataset.annotations[row]
                annotation.id = .integer(annotations.count + 1)
                annotation.image = image
                // The area that is given is of the whole object.
                if share < 1, annotation.area != nil {
                    let seen = polygons(of: row, in: piece.tile, dataset)
                    annotation.area = seen.isEmpty ? box.area : seen.area
                }
                annotation.box = box
                annotations.append(annotation)
                origins.append((row, piece.tile, share))
            }
        }
        // Without the fields that stand in a file of the other dataset.
        let categories = dataset.categories.map { Category(id: $0.id, name: $0.name, supercategory: $0.supercategory) }
        var tiled = Dataset(images: images, categories: categories, annotations: annotations)
        tiled.imageFolder = folder
        return tiled.withFields(
            ofImages: { row in
                let piece = pieces[row]
                return [
                    ("source_file", .text(dataset.images.fileName(of: piece.source))),
                    ("tile_x", .number(Double(piece.tile.x))), ("tile_y", .number(Double(piece.tile.y))),
                ]
            },
            ofAnnotations: { row in
                let (annotation, tile, share) = origins[row]
                let seen = polygons(of: annotation, in: tile, dataset)
                return (seen.isEmpty ? [] : [("segmentation", .polygons(seen))]) + [("visible", .number(share))]
            })
    }

    /// What a tile shows of an object's polygons, in its own coordinates.
    private func polygons(of annotation: Int, in tile: TileGrid.Tile, _ dataset: Dataset) -> [[Double]] {
        guard case .polygons(let whole) = dataset.segmentation(ofAnnotation: annotation) else { return [] }
        return whole.moved(x: -Double(tile.x), y: -Double(tile.y)).clipped(
            to: Box(x: 0, y: 0, width: Double(tile.width), height: Double(tile.height)))
    }
}
