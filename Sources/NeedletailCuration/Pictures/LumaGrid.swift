import NeedletailImages

/// A picture as a square of mean brightnesses: the same for a picture at any size.
struct LumaGrid: Sendable {
    /// Cells in a row and in a column.
    let side: Int
    /// Brightness 0 to 255, row by row.
    var values: [Float]

    init(side: Int, values: [Float]) {
        self.side = side
        self.values = values
    }

    /// The mean brightness (ITU-R BT.601) of the part of the picture under every cell; pixels on an edge between
    /// cells count in both by the share that lies there.
    init(_ image: Image, side: Int) {
        let columns = Self.shares(of: image.width, in: side)
        let rows = Self.shares(of: image.height, in: side)
        var sums = [Float](repeating: 0, count: side * side)
        var cells = [Float](repeating: 0, count: side)
        var luma = [Float](repeating: 0, count: image.width)
        let channels = image.channels
        for y in 0..<image.height {
            image.withUnsafeRow(y) { row in
                for x in 0..<image.width {
                    let at = x * channels
                    luma[x] =
                        channels == 1
                        ? Float(row[at])
                        : Float(299 * Int32(row[at]) + 587 * Int32(row[at + 1]) + 114 * Int32(row[at + 2])) * 0.001
                }
            }
            for cell in 0..<side { cells[cell] = 0 }
            for x in 0..<image.width {
                let share = columns[x]
                cells[share.cell] += luma[x] * share.first
                if share.rest > 0 { Self.spread(luma[x] * share.rest, over: share, in: &cells) }
            }
            let share = rows[y]
            for cell in 0..<side { sums[share.cell * side + cell] += cells[cell] * share.first }
            guard share.rest > 0 else { continue }
            let last = share.last
            let part = share.rest / Float(last - share.cell)
            for row in (share.cell + 1)...last {
                for cell in 0..<side { sums[row * side + cell] += cells[cell] * part }
            }
        }
        let scale = Float(side * side) / Float(image.width * image.height)
        self.init(side: side, values: sums.map { $0 * scale })
    }

    /// How one row or column of pixels is shared out: its first cell, and evenly those after it.
    private struct Share {
        var cell: Int
        var last: Int
        var first: Float
        var rest: Float
    }

    private static func spread(_ value: Float, over share: Share, in cells: inout [Float]) {
        let part = value / Float(share.last - share.cell)
        for cell in (share.cell + 1)...share.last { cells[cell] += part }
    }

    private static func shares(of count: Int, in side: Int) -> [Share] {
        let scale = Double(side) / Double(count)
        return (0..<count).map { pixel in
            let start = Double(pixel) * scale
            let end = Double(pixel + 1) * scale
            let cell = min(Int(start), side - 1)
            // An end on an edge belongs to the cell before it.
            let last = min(max(Int((end - 1e-9).rounded(.down)), cell), side - 1)
            let first = last == cell ? end - start : Double(cell + 1) - start
            return Share(
                cell: cell, last: last, first: Float(first / scale), rest: Float((end - start - first) / scale))
        }
    }

    /// The grid of half as many cells in each direction.
    ///
    /// - Precondition: The side is even.
    func halved() -> LumaGrid {
        let half = side / 2
        var result = [Float](repeating: 0, count: half * half)
        for y in 0..<half {
            for x in 0..<half {
                let at = 2 * y * side + 2 * x
                result[y * half + x] = (values[at] + values[at + 1] + values[at + side] + values[at + side + 1]) / 4
            }
        }
        return LumaGrid(side: half, values: result)
    }

    /// The grid of the picture turned as the orientation asks.
    func turned(_ orientation: ImageOrientation) -> LumaGrid {
        guard orientation != .upright else { return self }
        let bytes = values.map { UInt8(min(max($0, 0), 255)) }
        let image = Image(width: side, height: side, format: .gray, bytes: bytes).applying(orientation)
        return LumaGrid(side: side, values: image.bytes.map(Float.init))
    }

    /// The grid without what is darker or lighter over large parts: every cell less the mean around it.
    ///
    /// - Parameter radius: How far "around" reaches, in cells.
    func highPassed(radius: Int) -> LumaGrid {
        // Sums over rectangles from the top left corner.
        var sums = [Float](repeating: 0, count: (side + 1) * (side + 1))
        for y in 0..<side {
            var row: Float = 0
            for x in 0..<side {
                row += values[y * side + x]
                sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1] + row
            }
        }
        var result = values
        for y in 0..<side {
            let top = max(y - radius, 0)
            let bottom = min(y + radius + 1, side)
            for x in 0..<side {
                let left = max(x - radius, 0)
                let right = min(x + radius + 1, side)
                let sum =
                    sums[bottom * (side + 1) + right] - sums[top * (side + 1) + right]
                    - sums[bottom * (side + 1) + left] + sums[top * (side + 1) + left]
                result[y * side + x] -= sum / Float((bottom - top) * (right - left))
            }
        }
        return LumaGrid(side: side, values: result)
    }

    /// The standard deviation of the cells.
    var deviation: Float {
        let mean = values.reduce(0, +) / Float(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)).squareRoot()
    }

    /// How alike two grids are whatever their brightness and contrast: Pearson's correlation, -1 to 1; 0 when one of
    /// them is the same everywhere.
    func correlation(with other: LumaGrid) -> Float {
        let count = Float(values.count)
        let mean = values.reduce(0, +) / count
        let otherMean = other.values.reduce(0, +) / count
        var both: Float = 0, square: Float = 0, otherSquare: Float = 0
        for (left, right) in zip(values, other.values) {
            both += (left - mean) * (right - otherMean)
            square += (left - mean) * (left - mean)
            otherSquare += (right - otherMean) * (right - otherMean)
        }
        let product = (square * otherSquare).squareRoot()
        return product > 0 ? both / product : 0
    }
}
