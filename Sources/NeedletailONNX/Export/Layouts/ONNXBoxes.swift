import NeedletailCheckpoints
import NeedletailKernels

/// The boxes that a network tells of, as two values of `[batch, 2, boxes]` in pixels of the input, x before y.
struct ONNXBoxes {
    enum Form {
        /// Centre, then width and height.
        case centers
        /// Left and top, then right and bottom.
        case corners
    }

    var form: Form
    var first: String
    var second: String

    func corners(_ writer: ONNXWriter) -> ONNXBoxes {
        guard form == .centers else { return self }
        let half = writer.node("Mul", [second, writer.float(0.5, named: "boxes/half")], named: "boxes/half-size")
        return ONNXBoxes(
            form: .corners, first: writer.node("Sub", [first, half], named: "boxes/low"),
            second: writer.node("Add", [first, half], named: "boxes/high"))
    }

    func centers(_ writer: ONNXWriter) -> ONNXBoxes {
        guard form == .corners else { return self }
        let sum = writer.node("Add", [first, second], named: "boxes/sum")
        return ONNXBoxes(
            form: .centers,
            first: writer.node("Mul", [sum, writer.float(0.5, named: "boxes/half")], named: "boxes/center"),
            second: writer.node("Sub", [second, first], named: "boxes/size"))
    }

    /// What of the boxes lies inside the input.
    func clipped(_ writer: ONNXWriter, to input: ONNXInput) -> ONNXBoxes {
        let zero = writer.float(0, named: "boxes/zero")
        let limit: String
        if input.isSizeFree {
            let sizes = writer.sizes(of: ONNXInput.name, 2..<4, named: "boxes/input-size")
            let turned = writer.gather(sizes, [1, 0], axis: 0, named: "boxes/input-size")
            limit = writer.reshape(
                writer.cast(turned, to: .float32, named: "boxes/limit"), [1, 2, 1], named: "boxes/limit")
        } else {
            limit = writer.floats(
                [Float(input.size.width), Float(input.size.height)], [1, 2, 1], named: "boxes/limit")
        }
        func clip(_ value: String) -> String {
            writer.node(
                "Min", [writer.node("Max", [value, zero], named: "boxes/clipped"), limit], named: "boxes/clipped")
        }
        let corners = corners(writer)
        return ONNXBoxes(form: .corners, first: clip(corners.first), second: clip(corners.second))
    }

    /// Both values as one, `[batch, 4, boxes]`.
    func joined(_ writer: ONNXWriter) -> String {
        writer.concatenate([first, second], axis: 1, named: "boxes/joined")
    }
}
