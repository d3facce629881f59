/// A picture's plane seen from elsewhere: a quadrilateral of the image fills the result.
struct PerspectiveMap: Warp {
    /// Rows of the matrix from the result to the image, and of one back; points are `(x, y, 1)`.
    private let matrix: [SIMD3<Double>]
    private let inverse: [SIMD3<Double>]

    /// The map of a rectangle to a quadrilateral (Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989).
    ///
    /// - Parameter corners: In pixels of the image: top left, top right, bottom right, bottom left; convex.
    init(corners: [SIMD2<Double>], width: Double, height: Double) {
        let (a, b, c, d) = (corners[0], corners[1], corners[2], corners[3])
        let sum = a - b + c - d, first = b - c, second = d - c
        let determinant = first.x * second.y - second.x * first.y
        let g = (sum.x * second.y - second.x * sum.y) / determinant
        let h = (first.x * sum.y - sum.x * first.y) / determinant
        let across = b - a + g * b, down = d - a + h * d
        let rows = [SIMD3(across.x, down.x, a.x), SIMD3(across.y, down.y, a.y), SIMD3(g, h, 1)]
        let matrix = rows.map { $0 / SIMD3(width, height, 1) }
        func cross(_ p: SIMD3<Double>, _ q: SIMD3<Double>) -> SIMD3<Double> {
            SIMD3(p.y * q.z - p.z * q.y, p.z * q.x - p.x * q.z, p.x * q.y - p.y * q.x)
        }
        let columns = [cross(matrix[1], matrix[2]), cross(matrix[2], matrix[0]), cross(matrix[0], matrix[1])]
        self.matrix = matrix
        inverse = (0..<3).map { row in SIMD3(columns[0][row], columns[1][row], columns[2][row]) }
    }

    var keepsLines: Bool { true }

    func sources(ofRow y: Int, into places: UnsafeMutableBufferPointer<SIMD2<Float>>) {
        let start = Self.apply(matrix, 0.5, Double(y) + 0.5)
        let step = SIMD3(matrix[0].x, matrix[1].x, matrix[2].x)
        for x in places.indices {
            let point = start + step * Double(x)
            places[x] = SIMD2(Float(point.x / point.z), Float(point.y / point.z))
        }
    }

    func target(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let point = Self.apply(inverse, x, y)
        // A point behind the eye is far away; the inverse has the determinant's sign, which is positive.
        let depth = max(point.z, 1e-6)
        return (point.x / depth, point.y / depth)
    }

    private static func apply(_ rows: [SIMD3<Double>], _ x: Double, _ y: Double) -> SIMD3<Double> {
        let point = SIMD3(x, y, 1)
        return SIMD3((rows[0] * point).sum(), (rows[1] * point).sum(), (rows[2] * point).sum())
    }
}
