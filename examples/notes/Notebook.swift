import Needletail

/// What the chapters write with and compute with.
struct Notebook {
    /// Where pictures go; nil where nobody wants them.
    let pictures: String?
    let pool = ThreadPool(threadCount: 2)

    func title(_ text: String) { print("\n\(text)") }

    /// A matrix, row by row.
    func show(_ matrix: Matrix, _ name: String) {
        print("\(name) =")
        for row in 0..<matrix.rows {
            print("  " + (0..<matrix.columns).map { Self.text(matrix[row, $0]) }.joined(separator: " "))
        }
    }

    /// Writes a picture, if there is a folder for it.
    func draw(_ image: @autoclosure () throws -> Image, _ name: String) throws {
        guard let pictures else { return }
        let path = "\(pictures)/\(name).png"
        try image().writePNG(to: path)
        print("drawn: \(path)")
    }

    /// What a graph makes of an input.
    func compute(_ graph: Graph, _ input: [Float], shape: TensorShape) throws -> [Float] {
        let plan = try Plan(graph: graph, inputShape: shape, purpose: .inference, pool: pool)
        _ = plan.input.update(fromContentsOf: input)
        plan.forward()
        return Array(plan.output(0))
    }

    /// What a graph makes of a map of one channel.
    func compute(_ graph: Graph, _ map: Matrix) throws -> Matrix {
        let shape = TensorShape(batch: 1, height: map.rows, width: map.columns, channels: 1)
        let result = try graph.outputTypes(inputs: [TensorType(shape)])[0].shape
        return Matrix(result.height, result.width, try compute(graph, map.values, shape: shape))
    }

    /// Three digits behind the point, fewer where they are zeros.
    static func text(_ value: Float) -> String {
        let rounded = (value * 1000).rounded() / 1000
        return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
    }

    /// A count with separated thousands.
    static func count(_ value: Int) -> String {
        var digits = String(value), groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return ([digits] + groups).joined(separator: ",")
    }
}

/// Numbers in rows and columns.
struct Matrix: Equatable {
    let rows: Int
    let columns: Int
    /// Row by row.
    var values: [Float]

    init(_ rows: Int, _ columns: Int, _ values: [Float]) {
        precondition(values.count == rows * columns, "\(values.count) numbers for \(rows)x\(columns)")
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    init(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Float) {
        self.init(rows, columns, (0..<rows * columns).map { value($0 / columns, $0 % columns) })
    }

    subscript(row: Int, column: Int) -> Float {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    var transposed: Matrix { Matrix(columns, rows) { self[$1, $0] } }

    static func * (left: Matrix, right: Matrix) -> Matrix {
        Matrix(left.rows, right.columns) { row, column in
            (0..<left.columns).reduce(0) { $0 + left[row, $1] * right[$1, column] }
        }
    }
}

extension Parameter {
    /// A parameter with numbers that somebody has thought of.
    static func of(_ numbers: [Float], shape: [Int], name: String = "weight") -> Parameter {
        let parameter = ParameterStore().root.parameter(name, shape: shape, initializedBy: .constant(0))
        parameter.update { _ = $0.update(fromContentsOf: numbers) }
        return parameter
    }
}

extension Convolution {
    /// A convolution of a map of one channel with one kernel.
    init(_ kernel: Matrix, dilation: Extent = 1) {
        self.init(
            weight: .of(kernel.values, shape: [1, 1, kernel.rows, kernel.columns]), bias: nil, dilation: dilation)
    }
}

/// A classifier that learns from arrays of numbers, a batch at a time.
struct Learner {
    let classifier: Classifier
    /// `[batch, height, width, channels]`.
    let shape: TensorShape
    private let plan: Plan
    private let gradients: ParameterGradients
    private let optimizer: Optimizer
    private let pool: ThreadPool

    /// - Parameter trained: The weights that are changed; all unless given.
    init(
        _ classifier: Classifier, shape: TensorShape, trained: [Parameter]? = nil,
        _ method: any OptimizationMethod = Adam(), pool: ThreadPool
    ) throws {
        let parameters = (trained ?? classifier.parameters.parameters).filter { $0.role == .weight }
        (self.classifier, self.shape, self.pool) = (classifier, shape, pool)
        gradients = try ParameterGradients(parameters: parameters)
        optimizer = try Optimizer(OptimizerConfiguration(method: method, weightDecay: 0), parameters: parameters)
        plan = try classifier.plan(
            of: classifier.graph, inputShapes: [shape], purpose: .training(gradients), pool: pool)
    }

    /// A step of training; returns the loss before it.
    func step(_ pixels: [Float], _ labels: [Int], rate: Float) -> Float {
        _ = plan.input.update(fromContentsOf: pixels)
        plan.forward()
        let loss = classifier.loss(
            of: plan, targets: labels.map { [$0] }, inputHeight: shape.height, inputWidth: shape.width, pool: pool)
        gradients.reset()
        plan.backward()
        optimizer.step(gradients, learningRate: rate, pool: pool)
        return loss.total
    }

    /// The share of a batch that is told right.
    func accuracy(_ pixels: [Float], _ labels: [Int]) throws -> Double {
        let plan = try Plan(graph: classifier.graph, inputShape: shape, purpose: .inference, pool: pool)
        _ = plan.input.update(fromContentsOf: pixels)
        plan.forward()
        let logits = plan.output(0), classes = logits.count / labels.count
        let right = labels.enumerated().count { row, label in
            let scores = logits[row * classes..<(row + 1) * classes]
            return scores.firstIndex(of: scores.max() ?? 0) == row * classes + label
        }
        return Double(right) / Double(labels.count)
    }
}

/// Pictures of letters, drawn each at another place: something to learn from that needs no files.
struct Letters {
    let texts: [String]
    let side: Int
    /// How far from its place a letter may be, in pixels.
    let reach: Float
    private var stream: RandomStream

    init(_ texts: String, side: Int = 28, reach: Float = 6, seed: UInt64 = 0) {
        self.texts = texts.map(String.init)
        (self.side, self.reach) = (side, reach)
        stream = RandomStream(seed: seed, name: texts)
    }

    private mutating func offset() -> Int { Int((reach * (stream.nextUnit() - 0.5)).rounded()) }

    /// So many grey pictures, from 0 to 1, with their classes.
    mutating func batch(_ count: Int) -> (pixels: [Float], labels: [Int]) {
        var pixels: [Float] = [], labels: [Int] = []
        for index in 0..<count {
            let label = index % texts.count
            var image = Image(width: side, height: side)
            image.draw(
                text: texts[label], x: side / 2 - 5 + offset(), y: side / 2 - 8 + offset(),
                height: side / 2 + 2, color: .white)
            let noise = (0..<side * side).map { _ in 0.2 * stream.nextUnit() }
            pixels += zip(image.converted(to: .gray).bytes, noise).map { min(Float($0) / 255 + $1, 1) }
            labels.append(label)
        }
        return (pixels, labels)
    }
}
