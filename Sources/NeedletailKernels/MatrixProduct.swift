import COpenBLAS

/// Single-precision matrix products of row-major matrices, on the calling thread.
///
/// OpenBLAS computes them where it is installed; otherwise a plain loop does, correct and slow.
public enum MatrixProduct {
    /// Whether OpenBLAS was found.
    public static let usesOpenBLAS = needletail_openblas_load() == 1

    /// OpenBLAS's version and chosen core, or that the built-in loop is used.
    public static var backendDescription: String {
        usesOpenBLAS ? String(cString: needletail_openblas_description()) : "built-in (OpenBLAS is not installed)"
    }

    /// Computes `C = op(A) · op(B) + beta · C`, where `op` transposes when its flag says so.
    ///
    /// - Parameters:
    ///   - m: Rows of `op(A)` and `C`.
    ///   - n: Columns of `op(B)` and `C`.
    ///   - k: Columns of `op(A)`, rows of `op(B)`.
    ///   - strideA: Distance between rows of `A` as stored, in elements; likewise `strideB` and `strideC`.
    ///   - beta: 0 overwrites `C`, 1 adds to it.
    public static func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, strideA: Int, transposeA: Bool = false,
        b: UnsafePointer<Float>, strideB: Int, transposeB: Bool = false,
        beta: Float, c: UnsafeMutablePointer<Float>, strideC: Int
    ) {
        guard m > 0, n > 0 else { return }
        if usesOpenBLAS, k > 0 {
            needletail_openblas_sgemm(
                transposeA ? 1 : 0, transposeB ? 1 : 0, Int32(m), Int32(n), Int32(k), 1, a, Int32(strideA), b,
                Int32(strideB), beta, c, Int32(strideC))
            return
        }
        for row in 0..<m {
            let target = c + row * strideC
            for column in 0..<n { target[column] = beta == 0 ? 0 : target[column] * beta }
            for inner in 0..<k {
                let factor = transposeA ? a[inner * strideA + row] : a[row * strideA + inner]
                if transposeB {
                    for column in 0..<n { target[column] += factor * b[column * strideB + inner] }
                } else {
                    let source = b + inner * strideB
                    for column in 0..<n { target[column] += factor * source[column] }
                }
            }
        }
    }
}
