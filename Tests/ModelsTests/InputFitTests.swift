import NeedletailImages
import NeedletailModels
import Testing

/// How pictures come to the one size that a classifier reads.
@Suite struct InputFitTests {
    private func written(_ image: Image, _ transform: InputTransform) -> [Float] {
        let size = transform.resizedSize(width: image.width, height: image.height)
        let padded = transform.paddedSize([size])
        return [Float](unsafeUninitializedCapacity: padded.width * padded.height * transform.channels) {
            buffer, count in
            guard let base = buffer.baseAddress else { return }
            transform.write(
                image, size: size, paddedWidth: padded.width, paddedHeight: padded.height, into: base)
            count = buffer.count
        }
    }

    private func transform(
        _ fit: InputTransform.Fit, _ height: Int, _ width: Int, _ order: InputTransform.ChannelOrder = .rgb
    ) -> InputTransform {
        InputTransform(
            fit: fit, minimumSize: height, maximumSize: width, mean: .zero, deviation: .one, divisor: 1,
            channelOrder: order)
    }

    /// Of 4 x 2 pixels each becomes one, whatever the proportions; grey is one number a pixel.
    @Test func stretchesGrey() {
        let image = Image(width: 4, height: 2, format: .gray, bytes: [0, 51, 102, 153, 204, 255, 0, 51])
        #expect(
            written(image, transform(.whole, 2, 4, .gray)).map { ($0 * 5).rounded() } == [0, 1, 2, 3, 4, 5, 0, 1])
        // Half as wide: the mean of two neighbours, 25.5 / 255 and so on.
        let halved = written(image, transform(.whole, 2, 2, .gray))
        #expect(zip(halved, [0.1, 0.5, 0.9, 0.1]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// A grey picture for a network of colours has three equal numbers; a colour one for grey its brightness.
    @Test func greyAndColour() {
        let gray = Image(width: 1, height: 1, format: .gray, bytes: [51])
        #expect(written(gray, transform(.whole, 1, 1)).map { ($0 * 5).rounded() } == [1, 1, 1])
        let red = Image(width: 1, height: 1, bytes: [255, 0, 0])
        #expect(abs(written(red, transform(.whole, 1, 1, .gray))[0] - 76.0 / 255) < 1e-6)
    }

    /// Of 8 x 4 pixels, shrunk so that 4 become 4 and 2 of them are seen: the middle two of both axes.
    @Test func takesTheMiddle() {
        let bytes = (0..<4).flatMap { row in (0..<8).map { column in UInt8(row * 8 + column) } }
        let image = Image(width: 8, height: 4, format: .gray, bytes: bytes)
        let seen = written(image, transform(.middle, 2, 4, .gray)).map { ($0 * 255).rounded() }
        #expect(seen == [11, 12, 19, 20])
    }

    /// Much larger pictures are averaged, so that nothing is skipped: a chequerboard becomes grey.
    @Test func averages() {
        let bytes = (0..<64).map { UInt8(($0 / 8 + $0 % 8) % 2 == 0 ? 0 : 254) }
        let image = Image(width: 8, height: 8, format: .gray, bytes: bytes)
        #expect(written(image, transform(.whole, 2, 2, .gray)).allSatisfy { abs($0 - 127.0 / 255) < 1e-6 })
    }
}
