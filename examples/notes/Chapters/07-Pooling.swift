import Needletail

/// Pooling keeps what there is in a window and forgets where.
enum Pooling: Chapter {
    static let name = "pooling"
    static let title = "greatest, mean and global pooling"

    static func run(_ notebook: Notebook) throws {
        let map = Matrix(3, 3) { Float(3 * $0 + $1) }
        notebook.show(map, "map")
        notebook.show(try pooled(map, "max-pool 2", notebook), "greatest of 2x2")
        notebook.show(try pooled(map, "average-pool 2", notebook), "mean of 2x2")
        notebook.show(try pooled(map, "global-average-pool", notebook), "mean of all")

        let larger = Matrix(4, 4) { Float(4 * $0 + $1) }
        notebook.show(larger, "map")
        notebook.show(try pooled(larger, "max-pool 3 stride=3", notebook), "greatest of 3x3, stride 3")
        notebook.show(try pooled(larger, "max-pool 3 stride=2 padding=1", notebook), "stride 2, padding 1")
        notebook.show(
            try pooled(larger, "max-pool 2x3 stride=2x3 padding=0,1,0,1", notebook), "2x3, stride 2x3, padding 0x1")

        notebook.title("A pixel that moves by one leaves a pooled map as it was")
        for column in [2, 3] {
            let pixel = Matrix(4, 4) { $0 == 1 && $1 == column ? 1 : 0 }
            let result = try pooled(pixel, "max-pool 2 stride=2", notebook)
            print("pixel in column \(column): \(result.values.map(Notebook.text).joined(separator: " "))")
        }
    }

    private static func pooled(_ map: Matrix, _ layer: String, _ notebook: Notebook) throws -> Matrix {
        try notebook.compute(LayerList(layer).graph, map)
    }
}
