import ArgumentParser
import Needletail

/// From a JPEG file's bytes to a network's input, on one thread.
struct InputSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "input", abstract: "Time decoding and resizing of a 640x480 JPEG to a 320-pixel input.")

    @Argument(help: "A JPEG file; a drawn one unless given.")
    var file: String?

    @OptionGroup var options: SuiteOptions

    private static let names = ["decode", "decode-and-resize", "resize"]

    func run() throws {
        let path = file
        let bytes = try path.map { try Image(contentsOf: $0).jpegBytes(quality: 90) } ?? Self.drawnJPEG()
        let image = try Image(bytes: bytes)
        let transform = InputTransform(minimumSize: 320)
        let size = transform.resizedSize(width: image.width, height: image.height)
        let padded = transform.paddedSize([size])
        let target = try FloatStorage(count: padded.width * padded.height * 3)
        func resize(_ image: Image) {
            transform.write(
                image, size: size, paddedWidth: padded.width, paddedHeight: padded.height, into: target.pointer)
        }
        let work: [(String, () throws -> Void)] = [
            ("decode", { _ = try Image(bytes: bytes) }),
            ("decode-and-resize", { resize(try Image(bytes: bytes)) }),
            ("resize", { resize(image) }),
        ]
        var measurements: [Measurement] = []
        for (name, body) in work where options.includes(name) {
            var result = try Measurement.run(name, seconds: options.seconds, body)
            result.rates["images/s"] = 1000 / result.medianMilliseconds
            measurements.append(result)
        }
        try options.show(measurements, names: Self.names)
    }

    /// A picture with gradients, edges and noise, so that it takes about as long as a photograph.
    static func drawnJPEG() throws -> [UInt8] {
        var stream = RandomStream(seed: 5)
        var bytes: [UInt8] = []
        for y in 0..<480 {
            for x in 0..<640 {
                let noise = Int(stream.next() % 24), disc = (x - 320) * (x - 320) + (y - 240) * (y - 240) < 20_000
                bytes.append(UInt8(clamping: x / 3 + noise + (disc ? 60 : 0)))
                bytes.append(UInt8(clamping: y / 2 + noise))
                bytes.append(UInt8(clamping: (x + y) / 5 + noise + (disc ? 0 : 40)))
            }
        }
        return try Image(width: 640, height: 480, bytes: bytes).jpegBytes(quality: 90)
    }
}
