/// A linear map after which the numbers of images do not go together: their covariance is, nearly, the unit matrix.
///
/// With the mean `m` of a dataset's images and its covariance `U Λ Uᵀ` an image `x` becomes `(Λ + ε)^(-1/2) Uᵀ (x - m)`, the
/// strongest component first, or `U` times that, which looks like the image. `ε` is a hundredth of the mean of `Λ`: what
/// hardly varies would only be noise made loud.
public struct Whitening: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Codable, Sendable {
        /// Along the principal axes.
        case pca
        /// Turned back to the image: zero-phase.
        case zca
    }

    public let kind: Kind
    /// `[size]`
    public let mean: [Float]
    /// `[size, size]`
    public let matrix: [Float]

    /// Numbers of the largest image: the eigenvectors of more take minutes.
    public static let mostNumbers = 3072

    public init(kind: Kind, mean: [Float], matrix: [Float]) {
        precondition(matrix.count == mean.count * mean.count, "\(matrix.count) numbers for \(mean.count)")
        self.kind = kind
        self.mean = mean
        self.matrix = matrix
    }

    /// Fits the map to images.
    ///
    /// - Parameters:
    ///   - size: Numbers of an image.
    ///   - count: Of the images, at least 1.
    ///   - read: Writes the numbers of an image where it is told.
    public init(
        _ kind: Kind, size: Int, count: Int, read: (Int, UnsafeMutablePointer<Float>) throws -> Void
    ) rethrows {
        var sums = [Double](repeating: 0, count: size)
        var products = [Double](repeating: 0, count: size * size)
        var image = [Float](repeating: 0, count: size)
        for index in 0..<count {
            try image.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { try read(index, base) } }
            let numbers = image.map { Double($0) }
            products.withUnsafeMutableBufferPointer { products in
                numbers.withUnsafeBufferPointer { numbers in
                    for row in 0..<size where numbers[row] != 0 {
                        let own = numbers[row]
                        for column in 0...row { products[row * size + column] += own * numbers[column] }
                    }
                }
            }
            for (place, number) in numbers.enumerated() { sums[place] += number }
        }
        let means = sums.map { $0 / Double(max(count, 1)) }
        for row in 0..<size {
            for column in 0...row {
                let product = products[row * size + column] / Double(max(count, 1))
                products[row * size + column] = product - means[row] * means[column]
            }
        }
        let eigen = SymmetricEigenvectors(of: products, size: size)
        let floor = max(eigen.values.reduce(0, +) / Double(max(size, 1)) / 100, 1e-12)
        let scales = eigen.values.map { 1 / (max($0, 0) + floor).squareRoot() }
        self.init(
            kind: kind, mean: means.map { Float($0) },
            matrix: Self.matrix(kind, eigen.vectors, scales: scales).map { Float($0) })
    }

    private static func matrix(_ kind: Kind, _ vectors: [Double], scales: [Double]) -> [Double] {
        let size = scales.count
        var matrix = [Double](repeating: 0, count: size * size)
        for (component, scale) in scales.enumerated() {
            let vector = vectors[component * size..<(component + 1) * size]
            switch kind {
            case .pca:
                for (column, number) in vector.enumerated() { matrix[component * size + column] = scale * number }
            case .zca:
                matrix.withUnsafeMutableBufferPointer { matrix in
                    vector.withUnsafeBufferPointer { vector in
                        for row in 0..<size {
                            let own = scale * vector[row]
                            for column in 0..<size { matrix[row * size + column] += own * vector[column] }
                        }
                    }
                }
            }
        }
        return matrix
    }

    /// Takes the place of an image's numbers.
    func apply(to image: UnsafeMutablePointer<Float>) {
        let size = mean.count
        withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { centered in
            for index in 0..<size { centered.initializeElement(at: index, to: image[index] - mean[index]) }
            let (numbers, whole) = (UnsafeRawBufferPointer(centered), size / 8 * 8)
            matrix.withUnsafeBytes { matrix in
                func eight(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> SIMD8<Float> {
                    bytes.loadUnaligned(fromByteOffset: 4 * place, as: SIMD8<Float>.self)
                }
                func one(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Float {
                    bytes.loadUnaligned(fromByteOffset: 4 * place, as: Float.self)
                }
                for row in 0..<size {
                    var sums = SIMD8<Float>.zero
                    for column in stride(from: 0, to: whole, by: 8) {
                        sums += eight(matrix, row * size + column) * eight(numbers, column)
                    }
                    var sum = sums.sum()
                    for column in whole..<size { sum += one(matrix, row * size + column) * one(numbers, column) }
                    image[row] = sum
                }
            }
        }
    }
}
