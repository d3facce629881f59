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
    /// cells count in both by the share that lies there. Of large pictures some rows are left out evenly: four for
    /// each cell are enough.
    init(_ image: Image, side: Int) {
        let (width, channels) = (image.width, image.channels)
        let step = max(1, image.height / (side * 4))
        let rows = Array(stride(from: step / 2, to: image.height, by: step))
        let columnShares = Self.shares(of: width, in: side)
        let rowShares = Self.shares(of: rows.count, in: side)
        var values = [Float](repeating: 0, count: side * side)
        // By row of cells and column of pixels; then the brightness of one row of pixels.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: (side + 1) * width) { scratch in
            guard let sums = scratch.baseAddress else { return }
            scratch.initialize(repeating: 0)
            let luma = sums + side * width
            for (place, y) in rows.enumerated() {
                image.withUnsafeRow(y) { Self.readLuma($0, channels: channels, to: luma, count: width) }
                rowShares[place].forEach { cell, part in
                    let target = sums + cell * width
                    for x in 0..<width { target[x] += luma[x] * part }
                }
            }
            for row in 0..<side {
                for x in 0..<width {
                    columnShares[x].forEach { cell, part in values[row * side + cell] += sums[row * width + x] * part }
                }
            }
        }
        let scale = 0.001 * Float(side * side) / Float(width * rows.count)
        self.init(side: side, values: values.map { $0 * scale })
    }

    /// Brightness times 1000.
    private static func readLuma(
        _ row: UnsafeBufferPointer<UInt8>, channels: Int, to luma: UnsafeMutablePointer<Float>, count: Int
    ) {
        guard let bytes = row.baseAddress else { return }
        for x in 0..<count {
            let pixel = bytes + x * channels
            let isGray = channels == 1
            let value =
                299 * Int32(pixel[0]) + 587 * Int32(pixel[isGray ? 0 : 1]) + 114 * Int32(pixel[isGray ? 0 : 2])
            luma[x] = Float(value)
        }
    }

    /// How one row or column of pixels is shared out: its first cell, and evenly those after it.
    private struct Share {
        var cell: Int
        var last: Int
        var first: Float
        var rest: Float

        @inline(__always)
        func forEach(_ body: (_ cell: Int, _ part: Float) -> Void) {
            body(cell, first)
            guard last > cell else { return }
            let part = rest / Float(last - cell)
            for next in (cell + 1)...last { body(next, part) }
        }
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
