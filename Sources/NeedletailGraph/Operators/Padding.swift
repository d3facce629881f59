import NeedletailKernels

/// What is put around a map before a window moves over it.
public enum Padding: Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// Where a number of rows or columns that does not fall into two halves has one more.
    public enum Excess: Hashable, Sendable {
        /// Below and to the right, as TensorFlow pads and ONNX's `SAME_UPPER`.
        case end
        /// Above and to the left, as ONNX's `SAME_LOWER`.
        case start
    }

    case edges(EdgePadding)
    /// Nothing: the window stays inside the map.
    case valid
    /// As much as makes the result `⌈size / stride⌉`.
    case same(excess: Excess = .end)

    public init(integerLiteral value: Int) { self = .edges(EdgePadding(value)) }

    /// The same on all four sides.
    public init(_ size: Int) { self = .edges(EdgePadding(size)) }

    /// Half of the kernel on each side, rounded down: a map keeps its size under an odd kernel of stride 1.
    public static func half(of kernel: Extent) -> Padding {
        .edges(
            EdgePadding(
                top: kernel.height / 2, left: kernel.width / 2, bottom: kernel.height / 2, right: kernel.width / 2))
    }

    /// The rows and columns on each side of a map of some size.
    ///
    /// - Parameter window: From the first to the last pixel under the window.
    package func edges(map: Extent, window: Extent, stride: Extent) -> EdgePadding {
        switch self {
        case .edges(let edges): return edges
        case .valid: return 0
        case .same(let excess):
            func split(_ size: Int, _ window: Int, _ stride: Int) -> (before: Int, after: Int) {
                let total = max(((size + stride - 1) / stride - 1) * stride + window - size, 0)
                return excess == .end ? (total / 2, total - total / 2) : (total - total / 2, total / 2)
            }
            let vertical = split(map.height, window.height, stride.height)
            let horizontal = split(map.width, window.width, stride.width)
            return EdgePadding(
                top: vertical.before, left: horizontal.before, bottom: vertical.after, right: horizontal.after)
        }
    }

    /// `padding=1`, `padding=0,1,0,1` (top, left, bottom, right), `padding=same`; nothing for none.
    var attributes: [String] {
        switch self {
        case .edges(let edges) where edges == 0: []
        case .edges(let edges): ["padding=\(edges.text)"]
        case .valid: []
        case .same(.end): ["padding=same"]
        case .same(.start): ["padding=same-lower"]
        }
    }
}

extension Extent {
    /// From the first to the last of so many taps, `dilation` pixels apart.
    package func dilated(by dilation: Extent) -> Extent {
        Extent(height: (height - 1) * dilation.height + 1, width: (width - 1) * dilation.width + 1)
    }

    /// `name=2`, `name=2x3` (height, width); nothing for 1.
    func attribute(_ name: String) -> [String] { self == 1 ? [] : ["\(name)=\(text)"] }

    /// `3`, or `3x5` for height and width.
    package var text: String { height == width ? "\(height)" : description }
}

extension EdgePadding {
    /// `1`, or top, left, bottom and right.
    fileprivate var text: String {
        self == EdgePadding(top) ? "\(top)" : "\(top),\(left),\(bottom),\(right)"
    }
}
