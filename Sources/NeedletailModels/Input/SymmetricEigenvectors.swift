import NeedletailPlatform

/// The eigenvectors of a symmetric matrix, in double precision, always with the same bits.
///
/// Householder reflections make the matrix tridiagonal, QL steps with implicit shifts make that diagonal: Golub & Van Loan,
/// "Matrix Computations", sections 8.3.1 and 8.3.3. Cost: about six times the cube of the size.
struct SymmetricEigenvectors {
    /// Descending.
    private(set) var values: [Double]
    /// A row for each value, of length 1, its number of greatest magnitude above 0; `[size, size]`.
    private(set) var vectors: [Double]

    /// - Parameter matrix: `[size, size]`; its lower triangle is read.
    init(of matrix: [Double], size: Int) {
        precondition(matrix.count == size * size, "\(matrix.count) numbers are no matrix of size \(size)")
        var reduction = Tridiagonal(matrix, size: size)
        reduction.diagonalize()
        let order = reduction.diagonal.indices.sorted { reduction.diagonal[$0] > reduction.diagonal[$1] }
        values = order.map { reduction.diagonal[$0] }
        vectors = []
        vectors.reserveCapacity(size * size)
        for row in order {
            let vector = reduction.rows[row * size..<(row + 1) * size]
            let greatest = vector.max { abs($0) < abs($1) } ?? 0
            vectors += greatest < 0 ? vector.map { -$0 } : Array(vector)
        }
    }
}

/// A matrix on its way to its eigenvalues: numbers on the diagonal and beside it, and the rotation so far.
private struct Tridiagonal {
    let size: Int
    var diagonal: [Double]
    /// Between row `i` and `i + 1`; the last is 0.
    var beside: [Double]
    /// The transposed rotation, a row for each column of it, so that rotations turn rows.
    var rows: [Double]

    init(_ matrix: [Double], size: Int) {
        self.size = size
        var matrix = matrix
        for row in 0..<size {
            for column in row + 1..<max(size, row + 1) { matrix[row * size + column] = matrix[column * size + row] }
        }
        var reflections: [[Double]] = []
        for step in 0..<max(size - 2, 0) {
            let first = step + 1
            let reflection = Self.reflection((first..<size).map { matrix[$0 * size + step] })
            reflections.append(reflection)
            Self.reflect(&matrix, by: reflection, from: first, size: size)
            // The column as the reflection has left it.
            let column = (first..<size).map { matrix[$0 * size + step] }
            let share = 2 * zip(reflection, column).reduce(0) { $0 + $1.0 * $1.1 }
            for (offset, number) in column.enumerated() {
                let value = number - share * reflection[offset]
                matrix[(first + offset) * size + step] = value
                matrix[step * size + first + offset] = value
            }
        }
        diagonal = (0..<size).map { matrix[$0 * size + $0] }
        beside = (0..<size).map { $0 + 1 < size ? matrix[($0 + 1) * size + $0] : 0 }
        rows = [Double](repeating: 0, count: size * size)
        for index in 0..<size { rows[index * size + index] = 1 }
        // The last reflection first. What the reflections make is symmetric in nothing, so rows and columns exchange roles:
        // the transposed product is turned from the right.
        rows.withUnsafeMutableBufferPointer { rows in
            for (step, reflection) in reflections.enumerated().reversed() {
                let first = step + 1
                for row in first..<size {
                    let start = row * size + first
                    var share = 0.0
                    for offset in reflection.indices { share += rows[start + offset] * reflection[offset] }
                    share *= 2
                    for offset in reflection.indices { rows[start + offset] -= share * reflection[offset] }
                }
            }
        }
    }

    /// The unit vector of the reflection that makes all but the first number of a column zero.
    private static func reflection(_ column: [Double]) -> [Double] {
        let length = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { return column }
        var vector = column
        vector[0] += column[0] < 0 ? -length : length
        let own = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / own }
    }

    /// Reflects the lower right part of a symmetric matrix from both sides: with `p = A v` and `q = 2 (p - (vᵀ p) v)` it
    /// becomes `A - v qᵀ - q vᵀ`.
    private static func reflect(_ matrix: inout [Double], by vector: [Double], from first: Int, size: Int) {
        let count = vector.count
        matrix.withUnsafeMutableBufferPointer { matrix in
            vector.withUnsafeBufferPointer { vector in
                var product = [Double](repeating: 0, count: count)
                for row in 0..<count {
                    let start = (first + row) * size + first
                    var sum = 0.0
                    for column in 0..<count { sum += matrix[start + column] * vector[column] }
                    product[row] = sum
                }
                let along = (0..<count).reduce(0.0) { $0 + product[$1] * vector[$1] }
                for index in 0..<count { product[index] = 2 * (product[index] - along * vector[index]) }
                product.withUnsafeBufferPointer { product in
                    for row in 0..<count {
                        let start = (first + row) * size + first
                        let (own, other) = (vector[row], product[row])
                        for column in 0..<count {
                            matrix[start + column] -= own * product[column] + other * vector[column]
                        }
                    }
                }
            }
        }
    }

    mutating func diagonalize() {
        for first in 0..<size {
            // Three steps a value are usual; what is not finite would need any number.
            for _ in 0..<60 {
                let last = (first..<size - 1).first { place in
                    let scale = abs(diagonal[place]) + abs(diagonal[place + 1])
                    return abs(beside[place]) <= Double.ulpOfOne * scale
                }
                guard let end = last ?? (size > 0 ? size - 1 : nil), end > first else { break }
                step(from: first, to: end)
            }
        }
    }

    /// A QL step on the rows between two, which nothing connects with the others.
    private mutating func step(from first: Int, to end: Int) {
        let slope = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
        let root = (slope * slope + 1).squareRoot()
        var carried = diagonal[end] - diagonal[first] + beside[first] / (slope + (slope < 0 ? -root : root))
        var sine = 1.0, cosine = 1.0, moved = 0.0
        for row in stride(from: end - 1, through: first, by: -1) {
            let bulge = sine * beside[row], straight = cosine * beside[row]
            let length = (bulge * bulge + carried * carried).squareRoot()
            beside[row + 1] = length
            guard length > 0 else {
                diagonal[row + 1] -= moved
                beside[end] = 0
                return
            }
            sine = bulge / length
            cosine = carried / length
            carried = diagonal[row + 1] - moved
            let turned = (diagonal[row] - carried) * sine + 2 * cosine * straight
            moved = sine * turned
            diagonal[row + 1] = carried + moved
            carried = cosine * turned - straight
            rotate(row, sine: sine, cosine: cosine)
        }
        diagonal[first] -= moved
        beside[first] = carried
        beside[end] = 0
    }

    private mutating func rotate(_ row: Int, sine: Double, cosine: Double) {
        let size = size
        rows.withUnsafeMutableBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            let upper = base + row * size, lower = upper + size
            for column in 0..<size {
                let (above, below) = (upper[column], lower[column])
                lower[column] = sine * above + cosine * below
                upper[column] = cosine * above - sine * below
            }
        }
    }
}
