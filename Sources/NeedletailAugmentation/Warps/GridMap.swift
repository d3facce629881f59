import NeedletailRandom

/// Columns and rows of equal width show parts of the image of different width.
struct GridMap: Warp {
    /// The edges of the parts, from 0 to the image's side.
    private let columns: [Double]
    private let rows: [Double]

    /// - Parameter distortion: By what share of their width parts are wider.
    init(steps: Int, distortion: ClosedRange<Double>, width: Double, height: Double, from stream: inout RandomStream) {
        func edges(_ side: Double) -> [Double] {
            let sums = (0..<steps).reduce(into: [0.0]) { sums, _ in
                sums.append(sums[sums.count - 1] + 1 + stream.number(in: distortion))
            }
            return sums.map { $0 / sums[steps] * side }
        }
        columns = edges(width)
        rows = edges(height)
    }

    var keepsLines: Bool { true }

    func sources(ofRow y: Int, into places: UnsafeMutableBufferPointer<SIMD2<Float>>) {
        let row = Float(Self.source(Double(y) + 0.5, rows))
        for x in places.indices { places[x] = SIMD2(Float(Self.source(Double(x) + 0.5, columns)), row) }
    }

    func target(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (Self.target(x, columns), Self.target(y, rows)) }

    private static func source(_ position: Double, _ edges: [Double]) -> Double {
        let part = position / edges[edges.count - 1] * Double(edges.count - 1)
        let index = min(max(Int(part), 0), edges.count - 2)
        return edges[index] + (part - Double(index)) * (edges[index + 1] - edges[index])
    }

    private static func target(_ position: Double, _ edges: [Double]) -> Double {
        let index = max((edges.dropLast().lastIndex { $0 <= position } ?? 0), 0)
        let part = Double(index) + (position - edges[index]) / (edges[index + 1] - edges[index])
        return part / Double(edges.count - 1) * edges[edges.count - 1]
    }
}
