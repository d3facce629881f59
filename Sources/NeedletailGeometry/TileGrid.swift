/// How an image is cut into overlapping tiles.
public struct TileGrid: Hashable, Sendable {
    /// Width and height of a tile, in pixels; images that are smaller make smaller ones.
    public var width: Int
    public var height: Int
    /// The least overlap of neighbours, as part of a tile, 0 to less than 1.
    public var overlap: Double

    /// - Precondition: The sides are positive and the overlap is from 0 to 0.95.
    public init(width: Int, height: Int, overlap: Double = 0.2) {
        precondition(width > 0 && height > 0 && (0...0.95).contains(overlap), "\(width)x\(height), \(overlap)")
        self.width = width
        self.height = height
        self.overlap = overlap
    }

    /// A rectangle of pixels.
    public struct Tile: Hashable, Sendable {
        public var x: Int
        public var y: Int
        public var width: Int
        public var height: Int

        public init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    /// The tiles of an image, in rows from the top. Every pixel is in one at least, and no tile reaches beyond the
    /// image: neighbours overlap by more where its size asks for it, all by the same or one pixel more.
    public func tiles(ofWidth imageWidth: Int, height imageHeight: Int) -> [Tile] {
        let columns = starts(of: imageWidth, tile: width)
        return starts(of: imageHeight, tile: height).flatMap { y in
            columns.map { x in
                Tile(x: x, y: y, width: min(width, imageWidth), height: min(height, imageHeight))
            }
        }
    }

    private func starts(of size: Int, tile: Int) -> [Int] {
        guard size > tile else { return [0] }
        let stride = max(1, Int((Double(tile) * (1 - overlap)).rounded(.down)))
        let count = (size - tile + stride - 1) / stride + 1
        return (0..<count).map { $0 * (size - tile) / (count - 1) }
    }
}
