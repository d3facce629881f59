import Foundation
import ProgramRunner
import Testing

/// Programs that start several processes as one, of those that are installed.
struct Launcher: CustomTestStringConvertible {
    let name: String
    let path: String
    /// What its processes find their number under.
    let rankVariable: String

    var testDescription: String { name }

    static let installed = [
        ("mpirun.openmpi", "OMPI_COMM_WORLD_RANK"), ("mpirun.mpich", "PMI_RANK"),
    ].compactMap { name, variable -> Launcher? in
        let path = ["/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return path.map { Launcher(name: name, path: $0, rankVariable: variable) }
    }

    /// Starts several processes of the tool, more than there may be processors.
    ///
    /// - Parameter programs: The arguments of some processes, and of others behind them.
    func start(_ programs: [(count: Int, arguments: [String])]) throws -> RunningProgram {
        let tool = try Program("needletail").path
        var launcher = Program(path: path)
        launcher.environment = [
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
            "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
        ]
        let words = programs.map { ["-n", "\($0.count)", tool] + $0.arguments }
        return try launcher.start(Array(words.joined(separator: [":"])))
    }

    func run(_ count: Int, _ arguments: [String]) throws -> Program.Outcome {
        try start([(count, arguments)]).finish()
    }

    /// The processes that a launcher has started, by their numbers.
    func processes(of launcher: RunningProgram) -> [Int: Int32] {
        var found: [Int: Int32] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let number = Int32(entry), isDescendant(number, of: launcher.identifier),
                let text = FileManager.default.contents(atPath: "/proc/\(entry)/environ")
            else { continue }
            let variables = text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let variable = variables.first(where: { $0.hasPrefix(rankVariable + "=") }),
                let rank = Int(variable.dropFirst(rankVariable.count + 1))
            else { continue }
            found[rank] = number
        }
        return found
    }

    private func isDescendant(_ process: Int32, of ancestor: Int32) -> Bool {
        var current = process
        while current > 1 {
            guard let status = try? String(contentsOfFile: "/proc/\(current)/stat", encoding: .utf8),
                let parent = status.split(separator: ")").last?.split(separator: " ").dropFirst().first
                    .flatMap({ Int32($0) })
            else { return false }
            if parent == ancestor { return true }
            current = parent
        }
        return false
    }
}

/// The tool in several processes.
@Suite(.serialized, .enabled(if: !Launcher.installed.isEmpty, "neither Open MPI nor MPICH is installed"))
struct ProcessTests {
    private let folder: TemporaryFolder
    private let run: TrainingRun

    init() throws {
        folder = try TemporaryFolder()
        var run = try TrainingRun(folder, images: 14, validationImages: 5)
        run.more = ["--batch", "12", "--micro-batches", "12", "--augment", "light", "--normalization", "trained"]
        self.run = run
    }

    /// All that a run leaves is the same, whoever starts how many processes.
    @Test(.timeLimit(.minutes(5))) func theBitsAreThoseOfOneProcess() throws {
        let alone = try run.run("alone", "--threads", "1")
        #expect(alone.status == 0, "\(alone.errors)")
        for launcher in Launcher.installed {
            for count in [2, 3, 4] {
                let name = "\(launcher.name) \(count)"
                let outcome = try launcher.run(count, run.arguments(name, ["--threads", "1"]))
                #expect(outcome.status == 0, "\(name): \(outcome.errors)")
                // One speaks for all.
                #expect(outcome.output.components(separatedBy: "best.safetensors").count == 2, "\(outcome.output)")
                try run.expectSame("alone", name)
            }
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: Launcher.installed)
    func whatDoesNotFitIsRefusedOnce(launcher: Launcher) throws {
        let whole = try launcher.run(2, run.arguments("undivided", ["--micro-batches", "1"]))
        #expect(whole.status != 0)
        #expect(whole.errors.components(separatedBy: "computed in one part").count == 2, "\(whole.errors)")
        #expect(whole.errors.contains("--micro-batches 2, 4, 6, 12"))
        let different = try launcher.start([
            (1, run.arguments("different", ["--threads", "1"])),
            (1, run.arguments("different", ["--threads", "1", "--learning-rate", "0.5"])),
        ]).finish()
        #expect(different.status != 0 && different.errors.contains("schedule.baseRate"), "\(different.errors)")
        #expect(different.errors.contains("rank 1 on") && !folder.names(in: "different").contains("last.safetensors"))
        // So is what each finds out for itself.
        let absent = try launcher.run(3, ["train", folder("absent.json"), "--output", folder("absent")])
        #expect(absent.status != 0)
        #expect(absent.errors.components(separatedBy: "absent.json: cannot open").count == 2, "\(absent.errors)")
        // What is not shared is done by the first alone.
        let converted = try launcher.run(3, ["convert", run.training.annotations, folder("copy.json")])
        #expect(converted.status == 0, "\(converted.errors)")
    }

    /// A process that is killed ends the others at once, with a line that names it; the run goes on with another number of
    /// processes to the same bits.
    @Test(.timeLimit(.minutes(5)), arguments: Launcher.installed)
    func aLostProcessEndsAll(launcher: Launcher) throws {
        var run = run
        run.more += ["--threads", "1", "--save-every", "0"]
        #expect(try run.run("whole").status == 0)
        for victim in [1, 0] {
            let name = "lost \(victim)"
            let program = try launcher.start([(2, run.arguments(name))])
            while program.isRunning, !folder.names(in: name).contains("state.safetensors") { usleep(1000) }
            let process = try #require(launcher.processes(of: program)[victim])
            let start = ContinuousClock.now
            kill(process, SIGKILL)
            let outcome = try program.finish()
            #expect(outcome.status != 0 && start.duration(to: .now) < .seconds(10))
            // A launcher may be quicker than the others, and says it in its own words.
            let words = ["rank \(victim) on", "rank \(victim) with PID", "RUNNING AT"]
            let said = outcome.errors + outcome.output
            #expect(words.contains { said.contains($0) }, "\(said)")
            let resumed = try launcher.run(3, run.arguments(name, ["--resume"]))
            #expect(resumed.status == 0, "\(resumed.errors)")
            try run.expectSame("whole", name)
        }
    }

    /// Every process has its part of the photographs and writes their pictures; the first writes the lists.
    @Test(.timeLimit(.minutes(2))) func detectionsAreThoseOfOneProcess() throws {
        let detector = folder("detector.safetensors")
        try Material.writeDetector(to: detector)
        try folder.write("no picture", to: "images/broken.jpg")
        func arguments(_ output: String) -> [String] {
            [
                "detect", detector, folder("images"), "--output", folder(output), "--minimum-score", "0", "--threshold",
                "0.0101", "--to", "csv", "--crops",
            ]
        }
        let alone = try Program("needletail").run(arguments("one"))
        #expect(alone.errors.contains("broken.jpg") && !folder.names(in: "one").isEmpty, "\(alone.errors)")
        for launcher in Launcher.installed {
            for count in [2, 3] {
                let name = "\(launcher.name) \(count)"
                let outcome = try launcher.run(count, arguments(name))
                #expect(outcome.status == alone.status)
                #expect(outcome.errors.components(separatedBy: "set aside:").count == 2, "\(outcome.errors)")
                #expect(folder.names(in: name) == folder.names(in: "one"))
                for file in folder.names(in: "one") where file.contains(".") {
                    #expect(try folder.bytes(of: "\(name)/\(file)") == folder.bytes(of: "one/\(file)"), "\(file)")
                }
                let text = outcome.output.replacingOccurrences(of: name, with: "one")
                #expect(text == alone.output)
            }
        }
    }

    /// What each process has done before all are killed is not done again, by however many go on.
    @Test(.timeLimit(.minutes(3)), arguments: Launcher.installed)
    func detectionGoesOnAfterAKill(launcher: Launcher) throws {
        let detector = folder("detector.safetensors")
        try Material.writeDetector(to: detector)
        func arguments(_ output: String) -> [String] {
            ["detect", detector, folder("images"), "--output", folder(output), "--minimum-score", "0"]
        }
        #expect(try Program("needletail").run(arguments("one")).status == 0)
        let journals = [0, 1].map { "killed/.detections.journal.part" + ($0 == 0 ? "" : ".\($0)") }
        // Killed while both have something in their journals; where they were quicker, again.
        var noted: [Int] = []
        for _ in 0..<20 {
            let program = try launcher.start([(2, arguments("killed") + ["--overwrite"])])
            while program.isRunning {
                noted = journals.map { journal in
                    let text = (try? folder.text(of: journal)) ?? ""
                    // The last line may be on its way; the first of a process that follows is empty.
                    return text.split(separator: "\n").count - (text.isEmpty || text.hasSuffix("\n") ? 0 : 1)
                }
                if noted[0] > 2 && noted[1] > 1 { break }
                usleep(200)
            }
            for process in launcher.processes(of: program).values { kill(process, SIGKILL) }
            _ = try program.finish()
            if folder.names(in: "killed").contains(".detections.journal.part") { break }
        }
        let resumed = try launcher.run(3, arguments("killed") + ["--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let known = resumed.errors.firstMatch(of: #/(\d+) photographs? of \d+ (?:was|were) looked through before/#)
            .flatMap { Int($0.output.1) }
        #expect(try #require(known, "\(resumed.errors)") >= noted[0] - 1 + noted[1])
        #expect(folder.names(in: "killed") == folder.names(in: "one"))
        for file in folder.names(in: "one") where file.contains(".") {
            #expect(try folder.bytes(of: "killed/\(file)") == folder.bytes(of: "one/\(file)"), "\(file)")
        }
    }

    /// Each process reads a part of the image files, and the first tells of all.
    @Test(.timeLimit(.minutes(2)), arguments: Launcher.installed)
    func findingsAreThoseOfOneProcess(launcher: Launcher) throws {
        let first = try #require(folder.names(in: "images").first)
        try folder.write("no picture", to: "images/\(first)")
        let words = ["check", run.training.annotations, "--images", folder("images"), "--all"]
        let alone = try Program("needletail").run(words)
        #expect(alone.status == 3 && alone.output.contains(first), "\(alone.output)\(alone.errors)")
        let together = try launcher.run(3, words + ["--fix", folder("fixed.json")])
        #expect(together.output.hasPrefix(alone.output), "\(together.output)")
        #expect(folder.names(in: ".").contains("fixed.json"))
    }

    /// The wish of one to stop is that of all.
    @Test(.timeLimit(.minutes(5)), arguments: Launcher.installed)
    func aSignalToOneStopsAll(launcher: Launcher) throws {
        var run = run
        run.epochs = 40
        run.more += ["--threads", "1", "--no-check"]
        let program = try launcher.start([(2, run.arguments("stopped"))])
        while program.isRunning, !folder.names(in: "stopped").contains("results.csv") { usleep(1000) }
        let process = try #require(launcher.processes(of: program)[1])
        kill(process, SIGTERM)
        let outcome = try program.finish()
        #expect(outcome.output.contains("continue with --resume"), "\(outcome.output)\(outcome.errors)")
        #expect(folder.names(in: "stopped").contains("state.safetensors"))
    }
}
