import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import NeedletailRandom
import ProgramRunner
import Testing

/// Tiles and the boxes in them, worked out by hand.
@Suite struct TileTests {
    typealias Tile = TileGrid.Tile

    @Test func handWorkedGrids() {
        // 100 wide, 50 high, a fifth in common: steps of at most 80 and 40.
        let grid = TileGrid(width: 100, height: 50, overlap: 0.2)
        #expect(
            grid.tiles(ofWidth: 180, height: 50) == [
                Tile(x: 0, y: 0, width: 100, height: 50), Tile(x: 80, y: 0, width: 100, height: 50),
            ])
        // 181 needs a third column: 0, 40.5 and 81.
        #expect(grid.tiles(ofWidth: 181, height: 40).map(\.x) == [0, 40, 81])
        #expect(grid.tiles(ofWidth: 60, height: 30) == [Tile(x: 0, y: 0, width: 60, height: 30)])
        #expect(grid.tiles(ofWidth: 100, height: 90).map(\.y) == [0, 40])
    }

    @Test func everyPixelIsInATileAndNeighboursOverlap() {
        var random = RandomStream(seed: 5)
        for _ in 0..<200 {
            let overlap = Double(random.nextUnit()) * 0.9
            let tile = 20 + Int(random.next() % 100)
            let size = 1 + Int(random.next() % 700)
            let starts = TileGrid(width: tile, height: 9999, overlap: overlap).tiles(ofWidth: size, height: 10).map(\.x)
            #expect(starts.first == 0)
            #expect((starts.last ?? 0) + min(tile, size) == size)
            for (left, right) in zip(starts, starts.dropFirst()) {
                #expect(right > left)
                #expect(Double(left + tile - right) >= Double(tile) * overlap - 1e-9)
            }
        }
    }

    @Test func boxesAreClippedAndTheirShareKept() throws {
        let folder = try TemporaryFolder()
        let picture = DrawnPicture.make(seed: 3, width: 180, height: 50)
        try folder.write(Data(try picture.pngBytes()), to: "in/a.png")
        var dataset = Dataset(
            images: [
                ImageRecord(id: 7, fileName: "a.png", width: 180, height: 50),
                ImageRecord(id: 8, fileName: "gone.png", width: 180, height: 50),
            ],
            categories: [Category(id: 3, name: "disc", supercategory: "shape")],
            annotations: [
                // In the left tile alone.
                Annotation(id: 1, image: 0, category: 0, box: Box(x: 10.25, y: 5, width: 20, height: 10)),
                // From 70 to 110: 30 of 40 in the left tile, 30 of 40 in the right one.
                Annotation(id: 2, image: 0, category: 0, box: Box(x: 70, y: 0, width: 40, height: 20), area: 500),
                // From 95 to 145: 5 of 50 in the left one, which is too little.
                Annotation(id: 3, image: 0, category: 0, box: Box(x: 95, y: 0, width: 50, height: 20)),
                Annotation(id: 4, image: 0, category: 0, box: Box(x: 95, y: 30, width: 50, height: 20), crowd: true),
                Annotation(id: 5, image: 0, category: 0, box: Box(x: 170, y: 40, width: 100, height: 100)),
            ])
        dataset.imageFolder = folder("in")
        let tiling = DatasetTiling(grid: TileGrid(width: 100, height: 50, overlap: 0.2))
        try FileManager.default.createDirectory(atPath: folder("out"), withIntermediateDirectories: true)
        let result = try tiling.cut(dataset, into: folder("out"))
        #expect(result.failures.count == 1 && result.failures[0].contains("gone.png"))
        // One hundredth of the last box is in the image.
        #expect(result.lostBoxes == 1)
        #expect(result.dataset.images.map(\.fileName) == ["a_0_0.png", "a_80_0.png"])
        #expect(result.dataset.annotations.map(\.image) == [0, 0, 0, 1, 1, 1])
        #expect(
            result.dataset.annotations.map(\.box) == [
                Box(x: 10.25, y: 5, width: 20, height: 10), Box(x: 70, y: 0, width: 30, height: 20),
                Box(x: 95, y: 30, width: 5, height: 20), Box(x: 0, y: 0, width: 30, height: 20),
                Box(x: 15, y: 0, width: 50, height: 20), Box(x: 15, y: 30, width: 50, height: 20),
            ])
        // The area of a part is that of the part's box.
        #expect(result.dataset.annotations.map(\.area) == [nil, 600, nil, 600, nil, nil])
        try result.dataset.write(to: folder("tiles.json"))
        let text = try folder.text(of: "tiles.json")
        #expect(
            text.contains(#""visible":0.75}"#) && text.contains(#""visible":0.1}"#) && text.contains(#""visible":1}"#))
        #expect(text.contains(#""source_file":"a.png","tile_x":80,"tile_y":0}"#))
        #expect(text.contains(#"{"id":3,"name":"disc","supercategory":"shape"}"#))
        let right = try Image(contentsOf: folder("out/a_80_0.png"))
        #expect(right == picture.cropped(x: 80, y: 0, width: 100, height: 50))
        // Stricter, and without tiles that show nothing: 0, 35, 70, 105 and 140; the crowd ends at 145.
        let strict = DatasetTiling(
            grid: TileGrid(width: 40, height: 50, overlap: 0), minimumVisible: 1, dropsEmptyTiles: true,
            format: .jpeg(quality: 80))
        try FileManager.default.createDirectory(atPath: folder("strict"), withIntermediateDirectories: true)
        let few = try strict.cut(dataset, into: folder("strict"))
        #expect(few.dataset.images.map(\.fileName) == ["a_0_0.jpg", "a_70_0.jpg", "a_105_0.jpg", "a_140_0.jpg"])
        #expect(folder.names(in: "strict").count == 4)
    }

    /// A square of 40 that the border of the first tile halves, a triangle far from it, and a mask.
    @Test func polygonsAreClippedToTheTile() throws {
        let folder = try TemporaryFolder()
        let picture = DrawnPicture.make(seed: 3, width: 180, height: 50)
        try folder.write(Data(try picture.pngBytes()), to: "in/a.png")
        let path = try folder.write(
            """
            {"images": [{"id": 1, "file_name": "a.png", "width": 180, "height": 50}],
            "categories": [{"id": 1, "name": "disc"}], "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [80, 5, 40, 40], "area": 1590, "score": 0.5,
            "segmentation": [[80, 5, 120, 5, 120, 45, 80, 45], [82.5, 1.25, 90.1, 1.25, 82.5, 4]]},
            {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "iscrowd": 1,
            "segmentation": {"counts": [0, 10], "size": [50, 180]}}]}
            """, to: "a.json")
        let dataset = try Dataset.read(path, images: folder("in"))
        let tiling = DatasetTiling(grid: TileGrid(width: 100, height: 50, overlap: 0.2))
        try FileManager.default.createDirectory(atPath: folder("out"), withIntermediateDirectories: true)
        let result = try tiling.cut(dataset, into: folder("out"))
        #expect(result.omittedMasks == 1)
        let tiles = result.dataset
        #expect(tiles.annotations.map(\.image) == [0, 0, 1])
        // Half the square, 20 x 40, and the triangle of 7.6 x 2.75 / 2; the right tile begins at 80 and shows all.
        #expect(
            tiles.segmentation(ofAnnotation: 0)
                == .polygons([[80, 5, 100, 5, 100, 45, 80, 45], [82.5, 1.25, 90.1, 1.25, 82.5, 4]]))
        #expect(tiles.annotations[0].area == 810.45)
        #expect(tiles.segmentation(ofAnnotation: 1) == nil)
        #expect(
            tiles.segmentation(ofAnnotation: 2)
                == .polygons([[0, 5, 40, 5, 40, 45, 0, 45], [2.5, 1.25, 10.1, 1.25, 2.5, 4]]))
        #expect(tiles.annotations[2].area == 1590)
    }
}
