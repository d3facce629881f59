import ArgumentParser
import Needletail

/// Inference of ONNX files, whoever made them, on fixed random numbers.
struct ImportedSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imported", abstract: "Time networks from ONNX files, on inputs of their own shapes.")

    @Argument(help: "ONNX files.")
    var files: [String]

    @Option(help: "Where a file leaves sizes open: height and width.")
    var side = 640

    @OptionGroup var options: SuiteOptions

    func validate() throws {
        guard (1...16_384).contains(side) else {
            throw ValidationError("--side takes a number from 1 to 16384, not \(side).")
        }
    }

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        for file in files where options.includes(file) {
            let network = try ONNXNetwork(contentsOf: file)
            var stream = RandomStream(seed: 1)
            let inputs = Dictionary(
                uniqueKeysWithValues: network.inputs.map { port in
                    // The first that is open is the number of images.
                    let shape = (port.shape ?? []).enumerated().map { $1 ?? ($0 == 0 ? 1 : side) }
                    let numbers = (0..<shape.reduce(1, *)).map { _ in stream.nextNormal() }
                    let kind = port.kind ?? .float32
                    return (
                        port.name,
                        kind.isFloatingPoint
                            ? ONNXTensor(numbers, shape: shape, kind: kind)
                            : ONNXTensor(numbers.map { Int64(abs($0) * 64) }, shape: shape, kind: kind)
                    )
                })
            // The first run plans for these shapes.
            _ = try network.run(inputs, pool: pool)
            measurements.append(
                try Measurement.run(file, seconds: options.seconds) { _ = try network.run(inputs, pool: pool) })
        }
        try options.show(measurements, names: files)
    }
}
