import NeedletailModels
import ReferenceFormula
import Testing

@Suite struct WhiteningTests {
    private static let size = 6
    /// Numbers that go together: each is a mixture of the ones before.
    private static let images: [[Float]] = (0..<400).map { index in
        let own = Formula.signed("whitening \(index)", count: size)
        return own.indices.map { place in own[place] + (place > 0 ? 0.8 * own[place - 1] : 0) + 0.3 }
    }

    private static func whitening(_ kind: Whitening.Kind) -> Whitening {
        Whitening(kind, size: size, count: images.count) { index, target in
            for place in 0..<size { target[place] = images[index][place] }
        }
    }

    private static func whitened(_ whitening: Whitening) -> [[Double]] {
        images.map { image in
            (0..<size).map { row in
                (0..<size).reduce(0.0) {
                    $0 + Double(whitening.matrix[row * size + $1]) * Double(image[$1] - whitening.mean[$1])
                }
            }
        }
    }

    /// Means are 0, and the covariance is nearly the unit matrix: `λ / (λ + ε)` for each component.
    @Test(arguments: Whitening.Kind.allCases) func numbersNoLongerGoTogether(kind: Whitening.Kind) {
        let whitened = Self.whitened(Self.whitening(kind))
        for row in 0..<Self.size {
            #expect(abs(whitened.reduce(0) { $0 + $1[row] } / 400) < 1e-5)
            for column in 0..<Self.size {
                let covariance = whitened.reduce(0) { $0 + $1[row] * $1[column] } / 400
                #expect(abs(covariance - (row == column ? 1 : 0)) < 0.12, "\(kind) \(row) \(column): \(covariance)")
            }
        }
    }

    /// PCA's components come with the strongest first, so its rows get longer; ZCA's matrix is symmetric.
    @Test func kindsDiffer() {
        let size = Self.size, pca = Self.whitening(.pca), zca = Self.whitening(.zca)
        let lengths = (0..<size).map { row in
            pca.matrix[row * size..<(row + 1) * size].reduce(0) { $0 + $1 * $1 }
        }
        #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 * (1 + 1e-4) })
        for row in 0..<size {
            for column in 0..<size {
                #expect(abs(zca.matrix[row * size + column] - zca.matrix[column * size + row]) < 1e-4)
            }
        }
    }

    /// `[[2, 1], [1, 2]]` has the eigenvalues 3 and 1 along (1, 1) and (1, -1); with images at ±√3 and ±1 along them, half of
    /// each, the covariance is `[[1, 0.5], [0.5, 1]]`: 1.5 and 0.5, and ε is a hundredth of their mean, 0.01.
    @Test func byHand() {
        let length = Float(0.5).squareRoot()
        let points: [[Float]] = [1, -1].flatMap { sign -> [[Float]] in
            [
                [sign * Float(3).squareRoot() * length, sign * Float(3).squareRoot() * length],
                [sign * length, -sign * length],
            ]
        }
        let whitening = Whitening(.pca, size: 2, count: 4) { index, target in
            for place in 0..<2 { target[place] = points[index][place] }
        }
        let first = length / Float(1.51).squareRoot(), second = length / Float(0.51).squareRoot()
        #expect(relativeError(whitening.mean, [0, 0]) < 1e-6)
        #expect(relativeError(Array(whitening.matrix.prefix(2)), [first, first]) < 1e-5)
        #expect(relativeError(whitening.matrix.suffix(2).map { abs($0) }, [second, second]) < 1e-5)
        #expect(whitening.matrix[2] * whitening.matrix[3] < 0)
    }
}
