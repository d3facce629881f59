import ArgumentParser
import Needletail
import NeedletailKernels

/// How far the work of a network can be shared by many cores, from how it is cut.
struct CoresSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cores",
        abstract: "Say how many chunks each step of a network has for many cores, and what that allows.",
        discussion: """
            A step whose chunks the cores do not share evenly keeps some of them waiting: 20 chunks take 16 cores as long as 32.
            From the times of the steps on one core and their chunks follows how much faster a forward pass can become at best, \
            were memory without limits. No machine with so many cores is needed.

            EXAMPLE
              needletail-bench cores --only resnet50 --steps
            """)

    @OptionGroup var options: SuiteOptions

    @Option(help: "Numbers of cores, with commas between them.")
    var cores = NumberList([2, 4, 8, 16, 32, 64])

    @Flag(help: "Name the steps that lose the most at each number.")
    var steps = false

    private struct Row: Encodable {
        var network: String
        var cores: Int
        /// The time on one core over the least on so many.
        var speedUp: Double
        /// Of one chunk of each job after the other, in milliseconds: what no number of cores goes below.
        var longestChainMilliseconds: Double
        var limits: [Limit]
    }

    private struct Limit: Encodable {
        var step: String
        var chunks: [Int]
        /// What the step takes beyond its time divided by the cores.
        var lostMilliseconds: Double
    }

    func validate() throws {
        guard cores.values.allSatisfy({ (1...256).contains($0) && $0 == $0.rounded() }) else {
            throw ValidationError("--cores takes numbers from 1 to 256.")
        }
    }

    func run() throws {
        let names = NetworksSuite.names.filter { options.includes($0) }
        guard !names.isEmpty else {
            throw ValidationError("--only takes one of: \(NetworksSuite.names.joined(separator: ", ")).")
        }
        let rows = try names.flatMap { try self.rows(of: $0) }
        if options.json { return try options.printJSON(rows) }
        for row in rows {
            print(
                "\(row.network), \(row.cores) cores: at best \(Self.text(row.speedUp)) times as fast "
                    + "(\(Int((100 * row.speedUp / Double(row.cores)).rounded())) % of them), not below "
                    + "\(Self.text(row.longestChainMilliseconds)) ms")
            for limit in steps ? row.limits : [] {
                print("    loses \(Self.text(limit.lostMilliseconds)) ms: \(limit.step), chunks \(limit.chunks)")
            }
        }
    }

    private func rows(of name: String) throws -> [Row] {
        let alone = try steps(of: name, cutFor: 1).reduce(0) { $0 + $1.milliseconds }
        return try cores.values.map { Int($0) }.map { count in
            var least = 0.0, chain = 0.0, limits: [Limit] = []
            for step in try steps(of: name, cutFor: count) {
                let jobs = step.chunks.isEmpty ? [1] : step.chunks
                // Jobs of a step count alike: nobody knows how its time falls to them.
                let share = step.milliseconds / Double(jobs.count)
                let own = jobs.reduce(0) { $0 + share * Double(($1 + count - 1) / count) / Double($1) }
                least += own
                chain += jobs.reduce(0) { $0 + share / Double($1) }
                limits.append(
                    Limit(step: step.name, chunks: jobs, lostMilliseconds: own - step.milliseconds / Double(count)))
            }
            return Row(
                network: name, cores: count, speedUp: alone / least, longestChainMilliseconds: chain,
                limits: Array(limits.sorted { $0.lostMilliseconds > $1.lostMilliseconds }.prefix(5)))
        }
    }

    /// The steps of a network that is cut for some cores, as one core takes them.
    private func steps(of name: String, cutFor count: Int) throws -> [(
        name: String, chunks: [Int], milliseconds: Double
    )] {
        let plan = try NetworksSuite.plan(name, pool: ThreadPool(threadCount: 1), threadCount: count)
        var runs: [[Plan.StepTime]] = []
        _ = Measurement.run(name, seconds: options.seconds) { runs.append(plan.timedForward()) }
        // The first runs pack weights too.
        return (runs.last ?? []).enumerated().map { index, step in
            // The least of each step: what one core takes when nobody disturbs it.
            let least = runs.map { $0[index].duration / .milliseconds(1) }.min() ?? 0
            return (step.step, step.chunkCounts, least)
        }
    }

    private static func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
