import Needletail

/// A transposed convolution multiplies by the transposed matrix of the convolution.
enum Transposed: Chapter {
    static let name = "transposed"
    static let title = "transposed convolution, which is multiplication by the transposed sparse matrix"

    static func run(_ notebook: Notebook) throws {
        let kernel = Matrix(2, 2, [0, 1, 2, 3])
        let small = Matrix(2, 2, [0, 1, 2, 3])
        notebook.show(kernel, "kernel")
        notebook.show(small, "map")
        let enlarged = try enlarge(small, by: kernel, stride: 1, notebook)
        notebook.show(enlarged, "map under the transposed convolution")

        let matrix = LinearLayers.matrix(of: kernel, rows: 3, columns: 3)
        notebook.show(matrix.transposed, "the convolution's matrix, transposed")
        let product = matrix.transposed * Matrix(4, 1, small.values)
        notebook.show(Matrix(3, 3, product.values), "its product with the map")
        print("the same: \(product.values == enlarged.values)")

        notebook.title("A stride of 2 enlarges a map to twice its size")
        notebook.show(try enlarge(small, by: kernel, stride: 2, notebook), "stride 2")

        notebook.title("The size: (n - 1)·s + k - 2p")
        for (size, k, stride, padding) in [(4, 2, 2, 0), (7, 3, 2, 1), (28, 4, 2, 1)] {
            let layer = TransposedConvolution(
                weight: .of([Float](repeating: 1, count: k * k), shape: [1, 1, k, k]), bias: nil,
                stride: Extent(stride), padding: EdgePadding(padding))
            let graph = Graph { $0.output("y", layer($0.input("x", channels: 1))) }
            let shape = TensorShape(batch: 1, height: size, width: size, channels: 1)
            let result = try graph.outputTypes(inputs: [TensorType(shape)])[0].shape
            print(
                "n=\(size) k=\(k) s=\(stride) p=\(padding): \((size - 1) * stride + k - 2 * padding), network \(result.height)"
            )
        }
    }

    private static func enlarge(
        _ map: Matrix, by kernel: Matrix, stride: Int, _ notebook: Notebook
    ) throws -> Matrix {
        let layer = TransposedConvolution(
            weight: .of(kernel.values, shape: [1, 1, kernel.rows, kernel.columns]), bias: nil, stride: Extent(stride))
        return try notebook.compute(Graph { $0.output("y", layer($0.input("x", channels: 1))) }, map)
    }
}
