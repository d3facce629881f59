import Needletail

/// A convolution finds edges, and can learn from examples how.
enum Edges: Chapter {
    static let name = "edges"
    static let title = "edges by convolution, and a kernel that is learnt"

    static func run(_ notebook: Notebook) throws {
        // A white picture with a black bar.
        let picture = Matrix(6, 8) { _, column in (2..<6).contains(column) ? 0 : 1 }
        let difference = Matrix(1, 2, [1, -1])
        notebook.show(picture, "picture")
        let edges = try notebook.compute(graph(Convolution(difference)), picture)
        notebook.show(edges, "picture under [1, -1]")
        let turned = try notebook.compute(graph(Convolution(difference)), picture.transposed)
        print("greatest number for the turned picture: \(Notebook.text(turned.values.map(abs).max() ?? 0))")

        notebook.title("The kernel is learnt from the picture and its edges")
        let kernel = try learn(from: picture, to: edges, notebook)
        print("learnt: [\(kernel.map(Notebook.text).joined(separator: ", "))]")

        try notebook.draw(sobel(notebook), "edges")
    }

    private static func graph(_ layer: Convolution) -> Graph {
        Graph { $0.output("edges", layer($0.input("picture", channels: 1))) }
    }

    /// Gradient descent on the squared difference.
    private static func learn(from picture: Matrix, to edges: Matrix, _ notebook: Notebook) throws -> [Float] {
        let weight = Parameter.of([0.1, 0.05], shape: [1, 1, 1, 2])
        let gradients = try ParameterGradients(parameters: [weight])
        let plan = try Plan(
            graph: graph(Convolution(weight: weight, bias: nil)),
            inputShape: TensorShape(batch: 1, height: picture.rows, width: picture.columns, channels: 1),
            purpose: .training(gradients), pool: notebook.pool)
        let optimizer = try Optimizer(
            OptimizerConfiguration(method: SGD(momentum: 0), weightDecay: 0), parameters: [weight])
        for step in 1...10 {
            _ = plan.input.update(fromContentsOf: picture.values)
            plan.forward()
            let errors = zip(plan.output(0), edges.values).map { $0 - $1 }
            _ = plan.outputGradient(0)?.update(fromContentsOf: errors.map { 2 * $0 })
            gradients.reset()
            plan.backward()
            optimizer.step(gradients, learningRate: 0.03, pool: notebook.pool)
            if step % 2 == 0 { print("step \(step): loss \(Notebook.text(errors.reduce(0) { $0 + $1 * $1 }))") }
        }
        return Array(weight.values)
    }

    /// Upright and level edges of a drawn ball, by Sobel's kernels.
    private static func sobel(_ notebook: Notebook) throws -> Image {
        let side = 96
        let ball = Matrix(side, side) { row, column in
            let distance = (Float((row - 48) * (row - 48) + (column - 48) * (column - 48))).squareRoot()
            return min(max(30.5 - distance, 0), 1)
        }
        let across = Matrix(3, 3, [-1, 0, 1, -2, 0, 2, -1, 0, 1])
        var sheet = ContactSheet(columns: 3, tileWidth: 2 * side, tileHeight: 2 * side)
        sheet.append(image(of: ball), caption: "ball")
        sheet.append(image(of: try notebook.compute(graph(Convolution(across)), ball)), caption: "upright edges")
        sheet.append(
            image(of: try notebook.compute(graph(Convolution(across.transposed)), ball)), caption: "level edges")
        return sheet.image
    }

    /// Grey for 0, black and white for the greatest numbers of either sign.
    private static func image(of map: Matrix) -> Image {
        let limit = map.values.reduce(0) { max($0, abs($1)) }
        return Image(
            width: map.columns, height: map.rows, format: .gray,
            bytes: map.values.map { UInt8(min(max(($0 / limit + 1) * 127.5, 0), 255)) })
    }
}
