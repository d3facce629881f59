import NeedletailCharts
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailPlatform

/// The filters of a layer as pictures: each weight a square, black for the most negative, grey for 0, white for the greatest.
///
/// Filters over three channels are shown in colour; of others every channel is a picture of its own. All are on one scale,
/// so that a filter which looks grey is one that does little.
public struct FilterSheet {
    /// The layer.
    public let node: String
    /// Filters, the channels that each reads, height and width.
    public let filterCount: Int
    public let channelCount: Int
    public let size: Extent
    /// What white stands for; black stands for its negative.
    public let limit: Float
    private let weights: [Float]
    /// Whether the first channel of three is blue.
    private let isReversed: Bool

    /// Filters of several channels that are shown, and channels of each.
    private static let mostRows = 32
    /// Filters that are one picture each.
    private static let mostTiles = 512
    /// About the pixels of a picture.
    private static let tileSide = 56
    /// Of the picture of a matrix.
    private static let matrixSide = 768

    /// - Parameters:
    ///   - node: The first that has filters unless given.
    ///   - inputShape: What the graph is given, from which a linear layer knows the map that it reads.
    ///   - isReversed: Whether the graph reads blue before green and red.
    /// - Throws: `GraphError` when there is no such node, it has no filters, or the input does not fit.
    public init(
        of node: String? = nil, in graph: Graph, inputShape: TensorShape, isReversed: Bool = false
    ) throws(GraphError) {
        let types = try graph.types(inputs: graph.inputs.map { _ in TensorType(inputShape) })
        func filters(_ index: Int) -> (weight: Parameter, shape: [Int])? {
            let node = graph.nodes[index]
            return Self.filters(of: node, reading: node.inputs.map { types[$0.node][$0.output].shape })
        }
        var place = graph.nodes.indices.first { filters($0) != nil }
        if let node {
            guard let index = graph.node(named: node) else {
                throw GraphError(.name, node: node, problem: "no node of the network is called so")
            }
            place = index
        }
        guard let place, let (weight, shape) = filters(place) else {
            throw GraphError(
                .name, node: place.map { graph.nodes[$0].name } ?? "the network",
                problem: "there are no filters that pictures could be made of")
        }
        self.node = graph.nodes[place].name
        (filterCount, channelCount) = (shape[0], shape[1])
        size = Extent(height: shape[2], width: shape[3])
        weights = Array(weight.values)
        limit = weights.reduce(0) { max($0, abs($1)) }
        self.isReversed = isReversed
    }

    /// The weights of a node with filters, and their shape: filters, channels, height, width.
    private static func filters(of node: Graph.Node, reading inputs: [TensorShape]) -> (Parameter, [Int])? {
        switch node.operation {
        case let layer as Convolution: return (layer.weight, layer.weight.shape)
        case let layer as TransposedConvolution: return (layer.weight, layer.weight.shape)
        case let layer as Linear:
            guard let map = inputs.first, map.isMap, map.height * map.width > 1 else { return nil }
            return (layer.weight, [layer.weight.shape[0], map.channels, map.height, map.width])
        default: return nil
        }
    }

    /// What the picture shows, in words.
    public var heading: [String] {
        let all =
            "\(node): \(filterCount) filters of \(size.height)x\(size.width) over \(channelCount) "
            + (channelCount == 1 ? "channel" : "channels")
        return [all, "one scale for all: black \(Self.text(-limit)), grey 0, white \(Self.text(limit))" + omitted]
    }

    private var isColor: Bool { channelCount == 3 && size.area > 1 }
    private var isMatrix: Bool { size.area == 1 }
    private var shownFilters: Int {
        isMatrix ? filterCount : min(filterCount, isColor || channelCount == 1 ? Self.mostTiles : Self.mostRows)
    }
    private var shownChannels: Int { isColor || isMatrix ? channelCount : min(channelCount, Self.mostRows) }

    private var omitted: String {
        var parts: [String] = []
        if shownFilters < filterCount { parts.append("the first \(shownFilters) filters") }
        if shownChannels < channelCount { parts.append("the first \(shownChannels) channels of each") }
        return parts.isEmpty ? "" : "; \(parts.joined(separator: ", "))"
    }

    /// Four digits at most behind the point.
    private static func text(_ value: Float) -> String { "\((value * 10_000).rounded() / 10_000)" }

    /// Draws the filters; many are left out at the end, which ``heading`` says.
    public var image: Image {
        if isMatrix { return matrix }
        let magnification = max(1, Self.tileSide / max(size.height, size.width))
        let channels = isColor ? 1 : shownChannels
        let columns = channels > 1 ? channels : min(shownFilters, 16)
        var sheet = ContactSheet(
            columns: columns, tileWidth: size.width * magnification, tileHeight: size.height * magnification,
            heading: heading, captionLines: 0, gap: channels > 1 ? 4 : 8)
        for filter in 0..<shownFilters {
            for channel in 0..<channels {
                sheet.append(
                    Image(width: size.width, height: size.height, magnification: magnification) {
                        isColor ? color(filter, pixel: $0) : gray(filter, channel, pixel: $0)
                    })
            }
        }
        return sheet.image
    }

    /// Filters of one pixel: a row for each, a column for each channel.
    private var matrix: Image {
        let magnification = max(1, Self.matrixSide / max(filterCount, channelCount))
        var sheet = ContactSheet(
            columns: 1, tileWidth: channelCount * magnification, tileHeight: filterCount * magnification,
            heading: heading, captionLines: 0)
        sheet.append(
            Image(width: channelCount, height: filterCount, magnification: magnification) {
                gray($0 / channelCount, $0 % channelCount, pixel: 0)
            })
        return sheet.image
    }

    private func byte(_ filter: Int, _ channel: Int, pixel: Int) -> UInt8 {
        let weight = weights[(filter * channelCount + channel) * size.area + pixel]
        return UInt8(saturating: (weight / max(limit, .leastNormalMagnitude) + 1) * 127.5)
    }

    private func gray(_ filter: Int, _ channel: Int, pixel: Int) -> Color {
        let byte = byte(filter, channel, pixel: pixel)
        return Color(red: byte, green: byte, blue: byte)
    }

    private func color(_ filter: Int, pixel: Int) -> Color {
        let parts = (0..<3).map { byte(filter, isReversed ? 2 - $0 : $0, pixel: pixel) }
        return Color(red: parts[0], green: parts[1], blue: parts[2])
    }
}
