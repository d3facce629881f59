import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// Nothing is moved: what reads the value may want another order still.
extension Transposition: ONNXRankOperator {
    func resultAxes(_ axes: ONNXAxes, rank: Int) -> ONNXAxes {
        ONNXAxes(order: axes.order.map { axis in permutation.firstIndex(of: axis) ?? axis })
    }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] { site.inputs }
}

extension Reshape: ONNXRankOperator {
    func axes(_ given: ONNXAxes) -> ONNXAxes { .asInGraph(given.rank) }
    func resultAxes(_ axes: ONNXAxes, rank: Int) -> ONNXAxes { .asInGraph(rank) }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        [site.writer.reshape(site.inputs[0], dimensions, named: site.name)]
    }
}

extension ConstantTensor: ONNXRankOperator {
    func resultAxes(_ axes: ONNXAxes, rank: Int) -> ONNXAxes { .asInGraph(rank) }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.weight(parameter)] }
}

extension MatrixProduct: ONNXRankOperator {
    func axes(_ given: ONNXAxes) -> ONNXAxes { .asInGraph(given.rank) }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.node("MatMul", site.inputs)] }
}

extension Reduction: ONNXRankOperator {
    func resultAxes(_ axes: ONNXAxes, rank: Int) -> ONNXAxes {
        if keepsAxes { return axes }
        let kept = axes.order.indices.filter { !self.axes.contains($0) }
        return ONNXAxes(order: axes.order.compactMap { kept.firstIndex(of: $0) })
    }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let kind =
            switch function {
            case .sum: "ReduceSum"
            case .mean: "ReduceMean"
            case .maximum: "ReduceMax"
            case .minimum: "ReduceMin"
            case .product: "ReduceProd"
            case .l1: "ReduceL1"
            case .l2: "ReduceL2"
            case .sumOfSquares: "ReduceSumSquare"
            }
        return [
            site.writer.reduce(
                kind, site.inputs[0], axes: axes.map { site.axes.place(of: $0) }.sorted(), keepsAxes: keepsAxes,
                named: site.name)
        ]
    }
}

extension Arithmetic: ONNXRankOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        var sides = site.inputs
        if let constant {
            let numbers = ONNXTensor(Array(constant.values), shape: constant.shape).transposed(site.axes.order)
            let value = site.writer.floats(numbers.floats, numbers.shape, named: constant.name)
            sides.insert(value, at: isConstantFirst ? 0 : 1)
        }
        let kind =
            switch function {
            case .add: "Add"
            case .subtract: "Sub"
            case .multiply: "Mul"
            case .divide: "Div"
            case .power: "Pow"
            case .minimum: "Min"
            case .maximum: "Max"
            case .rectify: "PRelu"
            }
        return [site.node(kind, sides)]
    }
}
