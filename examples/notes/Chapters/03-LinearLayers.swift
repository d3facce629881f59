import Needletail

/// A convolution is a linear layer with most weights zero and the others shared.
enum LinearLayers: Chapter {
    static let name = "linear"
    static let title = "from a linear layer to a convolution"

    static func run(_ notebook: Notebook) throws {
        notebook.title("Weights between two pictures of a million pixels")
        let pixels = 1000 * 1000
        print("linear layer: \(Notebook.count(pixels * pixels))")
        print("every place looks at 11x11 pixels only: \(Notebook.count(pixels * 121))")
        print("and all places with the same weights: \(Notebook.count(121))")

        notebook.title("A kernel of 2x2 on 3x3 pixels, as a matrix")
        let kernel = Matrix(2, 2, [0, 1, 2, 3])
        let picture = Matrix(3, 3) { Float(3 * $0 + $1) }
        let matrix = matrix(of: kernel, rows: 3, columns: 3)
        notebook.show(matrix, "matrix")
        print("\(matrix.values.count { $0 != 0 }) of \(matrix.values.count) numbers are not zero")

        let linear = Linear(weight: .of(matrix.values, shape: [4, 9]), bias: nil)
        let byLinear = try notebook.compute(
            Graph { $0.output("y", linear($0.input("x", channels: 1))) }, picture.values,
            shape: TensorShape(batch: 1, height: 3, width: 3, channels: 1))
        let layer = Convolution(kernel)
        let byConvolution = try notebook.compute(
            Graph { $0.output("y", layer($0.input("x", channels: 1))) }, picture)
        notebook.show(Matrix(2, 2, byLinear), "linear layer with that matrix")
        notebook.show(byConvolution, "convolution")
        print("the same: \(byLinear == byConvolution.values)")
    }

    /// The matrix by which a convolution without padding multiplies a picture written as one column.
    static func matrix(of kernel: Matrix, rows: Int, columns: Int) -> Matrix {
        let across = columns - kernel.columns + 1, down = rows - kernel.rows + 1
        var matrix = Matrix(across * down, rows * columns) { _, _ in 0 }
        for place in 0..<across * down {
            for row in 0..<kernel.rows {
                for column in 0..<kernel.columns {
                    let pixel = (place / across + row) * columns + place % across + column
                    matrix[place, pixel] = kernel[row, column]
                }
            }
        }
        return matrix
    }
}
