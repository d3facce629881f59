import NeedletailImages
import NeedletailModels

extension InputTransform {
    /// Makes of pixels from 0 to 1 what the network reads: order of colours, mean and deviation as one convolution of single
    /// pixels.
    func write(to writer: ONNXWriter, reading input: String) -> String {
        let name = "normalization"
        // The colour behind each channel of the network.
        let colors = channelOrder == .bgr ? [2, 1, 0] : Array(0..<channels)
        let isIdentity =
            colors == Array(0..<channels) && colors.allSatisfy { mean[$0] == 0 && deviation[$0] == 1 }
        var value = input
        if !isIdentity {
            let weights = colors.flatMap { color in
                (0..<channels).map { $0 == color ? 1 / deviation[color] : 0 }
            }
            value = writer.node(
                "Conv",
                [
                    value, writer.floats(weights, [channels, channels, 1, 1], named: name + ".weight"),
                    writer.floats(colors.map { -mean[$0] / deviation[$0] }, [channels], named: name + ".bias"),
                ], ["kernel_shape": .integers([1, 1])], named: name)
        }
        return whitening.map { write($0, to: writer, reading: value) } ?? value
    }

    /// Whitening looks at the numbers of an image pixel by pixel.
    private func write(_ whitening: Whitening, to writer: ONNXWriter, reading input: String) -> String {
        let name = "whitening", count = whitening.mean.count
        guard let size = fixedSize else { return input }
        let pixels = writer.transpose(input, [0, 2, 3, 1], named: name)
        let row = writer.node("Flatten", [pixels], ["axis": .integer(1)], named: name)
        let centered = writer.node(
            "Sub", [row, writer.floats(whitening.mean, [count], named: name + ".mean")], named: name)
        let white = writer.linear(
            centered, [writer.weight(whitening.matrix, [count, count], named: name + ".matrix")], named: name)
        let maps = writer.reshape(white, [-1, size.height, size.width, channels], named: name)
        return writer.transpose(maps, [0, 3, 1, 2], named: name)
    }

    /// The height and width that a detector's file is made for unless another is asked for: those of the input, or, where
    /// the shorter side of a photograph decides, a square that a photograph of 4:3 fills with its usual shorter side.
    var exportedSize: Image.Size {
        let side = fit == .shorterSide ? min((minimumSize * 4 + 2) / 3, max(maximumSize, minimumSize)) : minimumSize
        let padded = paddedSize([(width: side, height: side)])
        return Image.Size(width: padded.width, height: padded.height)
    }

    /// What a photograph that does not fill the input is surrounded with, red, green and blue from 0 to 1.
    var surround: SIMD3<Float> { fill.map { SIMD3(repeating: $0 / 255) } ?? mean }
}
