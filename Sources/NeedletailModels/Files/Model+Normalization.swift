import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

extension Model {
    /// Gives batch normalisation the statistics of images, and changes its factors and offsets so that the network computes
    /// what it did: for weights of a file that holds normalisation in the layers before it.
    ///
    /// - Parameters:
    ///   - layers: Names of normalisation layers, as their parameters begin.
    ///   - imageCount: How many images there are.
    ///   - image: Each of them, as the network is going to see it; nil for one that is left out.
    /// - Returns: The number of images that there were.
    /// - Throws: As ``predictions(in:originalSizes:pool:inspect:)``, and what `image` throws.
    public func measureNormalization(
        _ layers: [String], imageCount: Int, pool: ThreadPool, image: (Int) throws -> Image?
    ) throws -> Int {
        let wanted = Set(layers)
        var measured: [(normalization: BatchNormalization, sums: ChannelSums)] = []
        var outputs: [Graph.Output] = []
        for node in graph.nodes {
            guard let normalization = node.operation as? BatchNormalization,
                wanted.contains(String(normalization.weight.name.dropLast(".weight".count)))
            else { continue }
            outputs.append(Graph.Output(name: node.name, port: node.inputs[0]))
            measured.append((normalization, ChannelSums(channels: normalization.weight.count)))
        }
        let part = DropUnread()(try Graph(nodes: graph.nodes, outputs: outputs))
        var latest: (shape: TensorShape, plan: Plan)?
        var count = 0
        for index in 0..<imageCount {
            guard let image = try image(index) else { continue }
            let transform = inputTransform
            let size = transform.resizedSize(width: image.width, height: image.height)
            let padded = transform.paddedSize([size])
            let shape = TensorShape(
                batch: 1, height: padded.height, width: padded.width, channels: transform.channels)
            if latest?.shape != shape {
                latest = (shape, try plan(of: part, inputShapes: [shape], purpose: .inference, pool: pool))
            }
            guard let plan = latest?.plan, let input = plan.input.baseAddress else { continue }
            transform.write(
                image, size: size, paddedWidth: padded.width, paddedHeight: padded.height, into: input)
            plan.forward()
            for index in measured.indices { measured[index].sums.add(plan.output(index)) }
            count += 1
        }
        guard count > 0 else { return 0 }
        // A layer of a head that is shared has a value on each level.
        var joined: [Parameter: (normalization: BatchNormalization, sums: ChannelSums)] = [:]
        for (normalization, sums) in measured {
            joined[normalization.weight, default: (normalization, ChannelSums(channels: normalization.weight.count))]
                .sums.add(sums)
        }
        for (normalization, sums) in joined.values { normalization.take(sums) }
        return count
    }
}

/// Sums over all pixels of a channel, and over their squares.
private struct ChannelSums {
    var sums: [Double]
    var squares: [Double]
    var count = 0.0

    init(channels: Int) {
        sums = [Double](repeating: 0, count: channels)
        squares = sums
    }

    mutating func add(_ map: UnsafeBufferPointer<Float>) {
        let channels = sums.count
        for pixel in stride(from: 0, to: map.count, by: channels) {
            for channel in 0..<channels {
                let value = Double(map[pixel + channel])
                sums[channel] += value
                squares[channel] += value * value
            }
        }
        count += Double(map.count / channels)
    }

    mutating func add(_ other: ChannelSums) {
        for channel in sums.indices {
            sums[channel] += other.sums[channel]
            squares[channel] += other.squares[channel]
        }
        count += other.count
    }

    func mean(_ channel: Int) -> Double { sums[channel] / count }

    func variance(_ channel: Int) -> Double {
        let mean = mean(channel)
        return max(squares[channel] / count - mean * mean, 0)
    }
}

extension BatchNormalization {
    /// Takes statistics over; factor and offset of each channel stay as they are.
    fileprivate func take(_ sums: ChannelSums) {
        let channels = 0..<weight.count
        let affine = channels.map { self.affine(ofChannel: $0) }
        let means = channels.map { Float(sums.mean($0)) }, variances = channels.map { Float(sums.variance($0)) }
        func set(_ parameter: Parameter, _ value: (Int) -> Float) {
            parameter.update { values in
                for channel in channels { values[channel] = value(channel) }
            }
        }
        set(mean) { means[$0] }
        set(variance) { variances[$0] }
        set(weight) { affine[$0].factor * (variances[$0] + epsilon).squareRoot() }
        set(bias) { affine[$0].offset + affine[$0].factor * means[$0] }
    }
}
