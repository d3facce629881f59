import ArgumentParser
import Needletail
import NeedletailKernels
import NeedletailPlatform
import NeedletailProcesses

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How training would scale over computers: what a step, its gradients and their sum take here, and what follows from them.
struct ScaleSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Predict how training scales over computers, from what is measured on this one.",
        discussion: """
            A step of one computer is measured, with the reading of its images and the sum of gradients. What the others cost
            follows from the bytes that go round and the network: each sends a slice of its gradients to each of the others and
            gets theirs, then the sums of the slices go the same way. The efficiency is the share of a step in which computers
            compute. Under mpirun the step of all processes together is measured as well, beside what is predicted for the
            bandwidth and latency that are measured between them.

            EXAMPLE
              needletail-bench scale --only yolox-nano
              mpirun -n 2 needletail-bench scale --threads 1
            """)

    @OptionGroup var options: SuiteOptions

    @Option(help: "Images of a step on each computer.")
    var images = 8

    @Option(help: "Images of a step where all computers together have as many, however many there are.")
    var batch = 64

    @Option(help: "Bandwidths of the network, in Gbit/s, with commas between them.")
    var bandwidths = NumberList([1, 10, 100])

    @Option(help: "The time of a message that is short, in microseconds.")
    var latency = 50.0

    func validate() throws {
        guard (1...256).contains(images), (1...65_536).contains(batch) else {
            throw ValidationError("--images takes a number from 1 to 256, --batch one from 1 to 65536.")
        }
        guard latency >= 0, latency.isFinite else { throw ValidationError("--latency takes a number from 0.") }
    }

    private static let networks:
        [(name: String, network: any DenseArchitecture, transform: InputTransform, layers: Int)] = [
            ("yolox-nano", YOLOX(.nano, classCount: 3), YOLOX.inputTransform(size: 416), 5),
            ("retinanet-resnet50", RetinaNet(backbone: .resnet50, classCount: 4), InputTransform(minimumSize: 320), 3),
        ]

    private static let counts = [1, 2, 4, 8, 16, 32, 64]

    func run() throws {
        let joined = try MPIProcessGroup.join { _ in _exit(1) }
        let group: any ProcessGroup = joined ?? SingleProcess()
        defer { joined?.leave() }
        let pool = ThreadPool(threadCount: options.threads)
        var costs: [StepCosts] = []
        for item in Self.networks where options.includes(item.name) {
            let detector = DenseDetector(
                DenseDetector.Configuration(network: item.network, transform: item.transform, categories: []))
            costs.append(
                try StepCosts(
                    item.name, detector, layers: item.layers, images: images, seconds: options.seconds, pool: pool,
                    group: group))
        }
        guard !costs.isEmpty else {
            throw ValidationError("--only takes one of: \(Self.networks.map(\.name).joined(separator: ", ")).")
        }
        guard group.isFirst else { return }
        options.json
            ? try options.printJSON(costs.map { Document(costs: $0, rows: rows($0)) }) : printText(costs)
    }

    private struct Row: Encodable {
        var computers: Int
        var gigabitsPerSecond: Double
        /// With as many images on each computer.
        var efficiency: Double
        /// With as many images on all of them.
        var efficiencyOfFixedBatch: Double
    }

    private func rows(_ costs: StepCosts) -> [Row] {
        bandwidths.values.flatMap { bandwidth in
            Self.counts.map { count in
                let network = StepCosts.Network(bytesPerSecond: bandwidth * 1e9 / 8, latency: latency * 1e-6)
                return Row(
                    computers: count, gigabitsPerSecond: bandwidth,
                    efficiency: costs.seconds(images: Double(images))
                        / costs.seconds(images: Double(images), computers: count, over: network),
                    efficiencyOfFixedBatch: costs.seconds(images: Double(batch))
                        / costs.seconds(images: Double(batch) / Double(count), computers: count, over: network)
                        / Double(count))
            }
        }
    }

    private struct Document: Encodable {
        var costs: StepCosts
        var rows: [Row]
    }

    private func printText(_ costs: [StepCosts]) {
        for item in costs {
            print(
                "\(item.name), \(options.threads) threads: \(Self.text(item.secondsPerImage * 1e3)) ms an image, "
                    + "\(Self.text(item.secondsPerStep * 1e3)) ms a step besides, \(Self.text(item.secondsToRead * 1e3)) ms to read an image, "
                    + "\(Self.text(Double(item.gradientBytes) / 1e6)) MB of gradients, summed at "
                    + "\(Self.text(item.sumBytesPerSecond / 1e9)) GB/s")
            if let together = item.together {
                print(
                    "  \(together.processes) processes, \(Self.text(together.network.bytesPerSecond * 8 / 1e9)) Gbit/s and "
                        + "\(Self.text(together.network.latency * 1e6)) µs between them: a step of \(images) images each takes "
                        + "\(Self.text(together.secondsApart * 1e3)) ms apart, \(Self.text(together.secondsTogether * 1e3)) ms together; "
                        + "efficiency \(Self.percent(together.efficiency)), predicted \(Self.percent(together.predicted))"
                )
            }
            let rows = rows(item)
            for (heading, path) in [
                ("\(images) images on each computer", \Row.efficiency),
                ("\(batch) images on all of them", \Row.efficiencyOfFixedBatch),
            ] {
                print("  \(heading): computers " + Self.counts.map { "\($0)" }.joined(separator: ", "))
                for bandwidth in bandwidths.values {
                    let own = rows.filter { $0.gigabitsPerSecond == bandwidth }.map { Self.percent($0[keyPath: path]) }
                    print("    \(Self.text(bandwidth)) Gbit/s: " + own.joined(separator: ", "))
                }
            }
        }
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func text(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
    }
}

/// `1,10,100`
struct NumberList: ExpressibleByArgument {
    let values: [Double]

    init(_ values: [Double]) { self.values = values }

    init?(argument: String) {
        let pieces = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = pieces.compactMap { Double($0) }.filter { $0 > 0 && $0.isFinite }
        guard values.count == pieces.count, !values.isEmpty else { return nil }
    }

    var defaultValueDescription: String { values.map { "\(Int($0))" }.joined(separator: ",") }
}
