/// Turns matrices around: `[batch, rows, columns]` to `[batch, columns, rows]`.
public struct TransposeKernel: Sendable {
    public var batch: Int
    public var rows: Int
    public var columns: Int

    public init(batch: Int, rows: Int, columns: Int) {
        self.batch = batch
        self.rows = rows
        self.columns = columns
    }

    /// The same the other way.
    public var inverse: TransposeKernel { TransposeKernel(batch: batch, rows: columns, columns: rows) }

    /// Writes `source` turned around, or adds it when `accumulates`.
    public func run(
        _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, accumulates: Bool, pool: ThreadPool
    ) {
        // A row of the target is a column of the source; eight of them share the lines of the cache that they read.
        let block = 8, blocks = (columns + block - 1) / block
        pool.run(count: batch * blocks, grain: max(Elementwise.grain / max(rows * block, 1), 1)) { range, _ in
            for chunk in range {
                let matrix = chunk / blocks * rows * columns, first = chunk % blocks * block
                for row in 0..<rows {
                    let values = source + matrix + row * columns
                    for column in first..<min(first + block, columns) {
                        let place = matrix + column * rows + row
                        target[place] = (accumulates ? target[place] : 0) + values[column]
                    }
                }
            }
        }
    }
}
