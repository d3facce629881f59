import ArgumentParser
import NeedletailKernels
import NeedletailRuntime

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The times of one piece of work.
struct Measurement: Encodable {
    var name: String
    var medianMilliseconds: Double
    var minimumMilliseconds: Double
    /// Half of the runs lie within this share of the median around it.
    var spread: Double
    var runs: Int
    /// Further figures, such as GFLOP/s or images a second.
    var rates: [String: Double] = [:]

    /// Runs `body` until `seconds` are over, at least five times, after two warm-up runs.
    static func run(_ name: String, seconds: Double, _ body: () throws -> Void) rethrows -> Measurement {
        for _ in 0..<2 { try body() }
        let clock = ContinuousClock()
        var times: [Double] = []
        let start = clock.now
        while times.count < 5 || start.duration(to: clock.now) < .seconds(seconds) {
            times.append(try clock.measure(body) / .milliseconds(1))
        }
        return Measurement(name: name, times: times)
    }

    /// Adds the rate of a computation's operations, counted by its definition, and their share of the machine's peak:
    /// algorithms that do with fewer operations may go beyond it.
    mutating func addRate(multiplyAdds: Int, peak: Double) {
        let rate = 2 * Double(multiplyAdds) / medianMilliseconds / 1e6
        rates["GFLOP/s as direct"] = rate
        rates["% of the peak"] = 100 * rate / peak
    }

    /// The median time of each step of a pass, in the order in which they run.
    ///
    /// - Parameter work: How often a step computes what a forward pass does.
    static func steps(
        of name: String, seconds: Double, peak: Double, work: Int = 1, _ pass: () -> [Plan.StepTime]
    ) -> [Measurement] {
        var runs: [[Plan.StepTime]] = []
        _ = run(name, seconds: seconds) { runs.append(pass()) }
        return (runs.first ?? []).indices.map { index in
            let step = runs[0][index]
            var result = Measurement(
                name: "\(name) \(index): \(step.step)", times: runs.map { $0[index].duration / .milliseconds(1) })
            if step.multiplyAdds > 0 { result.addRate(multiplyAdds: work * step.multiplyAdds, peak: peak) }
            return result
        }
    }

    /// The median time of each step of both passes of a plan for training.
    static func trainingSteps(of name: String, plan: Plan, seconds: Double, peak: Double) -> [Measurement] {
        func writeGradients() {
            // What outputs and their gradients held is overwritten by each run.
            for index in plan.outputShapes.indices { plan.outputGradient(index)?.update(repeating: 1e-3) }
        }
        let forward = steps(of: "\(name), forward,", seconds: seconds, peak: peak, plan.timedForward)
        // Backward of a layer costs twice what forward does.
        let backward = steps(of: "\(name), backward,", seconds: seconds, peak: peak, work: 2) {
            plan.forward()
            writeGradients()
            return plan.timedBackward()
        }
        return forward + backward
    }

    /// - Parameter times: In milliseconds, at least one.
    init(name: String, times: [Double]) {
        let sorted = times.sorted()
        self.name = name
        medianMilliseconds = sorted[sorted.count / 2]
        minimumMilliseconds = sorted[0]
        spread = (sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]) / medianMilliseconds
        runs = sorted.count
    }
}

/// What every suite takes and how it prints.
struct SuiteOptions: ParsableArguments {
    @Option(help: "Threads to compute with.")
    var threads = ThreadPool.processorCount

    @Option(help: "Measure only this entry.")
    var only: String?

    @Option(help: "Seconds to repeat each entry for.")
    var seconds = 2.0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...1024).contains(threads) else {
            throw ValidationError("--threads takes a number from 1 to 1024, not \(threads).")
        }
        do {
            try KernelVariant.checkEnvironment()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// GFLOP/s that the machine's multiply-add units reach on these threads, measured now.
    var peak: Double { CeilingSuite.multiplyAdd(threads: threads, seconds: 0.3).rates["GFLOP/s"] ?? .nan }

    func includes(_ name: String) -> Bool { only == nil || only == name }

    /// Prints the measurements, or an error when `--only` named none.
    func show(_ measurements: [Measurement], names: [String]) throws {
        guard !measurements.isEmpty else {
            throw ValidationError("--only takes one of: \(names.joined(separator: ", ")).")
        }
        if json { return try printJSON(measurements) }
        for item in measurements {
            let rates = item.rates.sorted { $0.key < $1.key }.map { "\(Self.text($0.value)) \($0.key)" }
            print(
                ([
                    item.name, "median \(Self.text(item.medianMilliseconds)) ms",
                    "minimum \(Self.text(item.minimumMilliseconds)) ms",
                    "spread \(Self.text(item.spread * 100)) %", "\(item.runs) runs",
                ] + rates).joined(separator: ", "))
        }
    }

    /// Prints a list of things.
    func printJSON(_ items: [some Encodable]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // One by one: asking the runtime for the encoding of a whole array has been seen to wait for ever.
        let items = try items.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        print("[\n\(items.joined(separator: ",\n"))\n]")
    }

    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100)." + String(String(100 + hundredths % 100).dropFirst())
    }
}
