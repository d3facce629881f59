extension Elementwise {
    /// Copies some columns of a matrix into another, or adds them when `accumulates`.
    ///
    /// - Parameters:
    ///   - source: The first of the columns; `stride` floats are from one row to the next, and likewise in `target`.
    public static func copyColumns(
        from source: UnsafePointer<Float>, stride sourceStride: Int, to target: UnsafeMutablePointer<Float>,
        stride targetStride: Int, rows: Int, columns: Int, accumulates: Bool, pool: ThreadPool
    ) {
        pool.run(count: rows, grain: max(grain / max(columns, 1), 1)) { range, _ in
            for row in range {
                let from = source + row * sourceStride, to = target + row * targetStride
                if accumulates {
                    for column in 0..<columns { to[column] += from[column] }
                } else {
                    to.update(from: from, count: columns)
                }
            }
        }
    }

    /// Writes a row of numbers as often as there are rows.
    public static func repeatRow(
        _ row: UnsafePointer<Float>, columns: Int, rows: Int, to target: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        pool.run(count: rows, grain: max(grain / max(columns, 1), 1)) { range, _ in
            for place in range { (target + place * columns).update(from: row, count: columns) }
        }
    }
}
