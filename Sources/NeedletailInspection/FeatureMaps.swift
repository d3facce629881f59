import NeedletailCharts
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

/// What a node of a network makes of an image: a map for each channel.
public struct FeatureMaps {
    /// The node.
    public let node: String
    /// `[1, height, width, channels]`, or `[1, channels]` behind a flattening.
    public let shape: TensorShape
    /// As the plan has them, channels innermost.
    public let values: [Float]
    public let range: ClosedRange<Float>

    private static let tileSide = 112
    /// Of all pictures of a row.
    private static let columns = 8

    /// Computes the graph as far as a node.
    ///
    /// - Parameters:
    ///   - input: The numbers of one image, in the shape of `inputShape`.
    /// - Throws: `GraphError` when there is no such node or the input does not fit; `PlanError`.
    /// - Precondition: As many numbers as the shape has.
    public init(of node: String, in graph: Graph, input: [Float], inputShape: TensorShape, pool: ThreadPool) throws {
        precondition(input.count == inputShape.count, "\(input.count) numbers for \(inputShape)")
        let plan = try Plan(
            graph: graph.part(making: node), inputShape: inputShape, purpose: .inference, pool: pool)
        _ = plan.input.update(fromContentsOf: input)
        plan.forward()
        self.node = node
        shape = plan.outputShapes[0]
        values = Array(plan.output(0))
        let finite = values.filter(\.isFinite)
        range = (finite.min() ?? 0)...(finite.max() ?? 0)
    }

    public var channelCount: Int { shape.channels }

    /// Height and width of a map; of a vector all its numbers are one.
    private var mapSize: Extent {
        if shape.isMap, shape.height * shape.width > 1 { return Extent(height: shape.height, width: shape.width) }
        let width = max(Int(Float(channelCount).squareRoot().rounded(.up)), 1)
        return Extent(height: (channelCount + width - 1) / width, width: width)
    }

    private var isVector: Bool { shape.count == channelCount }

    /// The numbers of a channel, row by row.
    public func channel(_ channel: Int) -> [Float] {
        stride(from: channel, to: values.count, by: channelCount).map { values[$0] }
    }

    /// Draws the channels as heat maps on one scale, behind the image that they are of.
    ///
    /// - Parameters:
    ///   - photograph: As the network has seen it, which is the first picture.
    ///   - mostChannels: Later ones are left out, which the heading says.
    public func image(of photograph: Image?, mostChannels: Int) -> Image {
        let size = mapSize, count = isVector ? 1 : min(channelCount, max(mostChannels, 1))
        let magnification = max(1, (isVector ? 4 : 1) * Self.tileSide / max(size.height, size.width))
        let (width, height) = (size.width * magnification, size.height * magnification)
        let shown = isVector || count == channelCount ? "" : ", the first \(count) shown"
        let sizes =
            isVector ? "\(channelCount) numbers" : "\(channelCount) maps of \(shape.height)x\(shape.width)\(shown)"
        var sheet = ContactSheet(
            columns: min(Self.columns, count + (photograph == nil ? 0 : 1)), tileWidth: width, tileHeight: height,
            heading: [
                "\(node): \(sizes)",
                "one scale for all: dark \(Self.text(range.lowerBound)), light \(Self.text(range.upperBound))",
            ])
        if let photograph { sheet.append(photograph, caption: "input") }
        for channel in 0..<count {
            var numbers = isVector ? values : self.channel(channel)
            numbers += [Float](repeating: range.lowerBound, count: size.area - numbers.count)
            sheet.append(
                Image(
                    values: numbers, width: size.width, height: size.height, range: range, scale: .heat,
                    magnification: magnification), caption: isVector ? "row by row" : "\(channel)")
        }
        return sheet.image
    }

    private static func text(_ value: Float) -> String { "\((value * 1000).rounded() / 1000)" }
}
