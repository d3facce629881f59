import Foundation
import Needletail
import NeedletailRandom
import ProgramRunner
import Testing

/// A run that is ended by force at any moment goes on to the bits of one that was not.
@Suite struct TrainKillTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(.timeLimit(.minutes(5)), arguments: ["1", "2"])
    func killedRunsEndLikeOthers(threads: String) throws {
        var run = try TrainingRun(folder, images: 6, validationImages: 2)
        run.more = ["--augment", "light", "--threads", threads, "--save-every", "0.05"]
        // Both kinds of runs come across a damaged image, and set it aside alike.
        try folder.write("no picture", to: "images/" + run.training.names[1])
        let start = ContinuousClock.now
        let whole = try run.run("whole")
        #expect(whole.status == 0, "\(whole.errors)")
        let duration = start.duration(to: .now).seconds

        var stream = RandomStream(seed: 5, name: "moments with \(threads) threads")
        var kills = 0
        for _ in 0..<5 {
            let isBegun = FileManager.default.fileExists(atPath: folder("killed/run.lock"))
            // Killed after its last file.
            if !isBegun, folder.names(in: "killed").contains("last.safetensors") { break }
            let program = isBegun ? try run.start("killed", "--resume") : try run.start("killed")
            let moment = duration * (0.15 + 0.7 * Double(stream.nextUnit()))
            usleep(UInt32(moment * 1e6))
            program.kill()
            let outcome = try program.finish()
            // Killed after its end, and before the lock was removed, a run is finished all the same.
            let isOver = outcome.status == 0 || outcome.errors.contains("is finished")
            #expect(outcome.status == -SIGKILL || isOver, "\(outcome.errors)")
            if isOver { break }
            kills += 1
        }
        #expect(kills > 0)
        if FileManager.default.fileExists(atPath: folder("killed/run.lock")) {
            let outcome = try run.run("killed", "--resume")
            #expect(outcome.status == 0 || outcome.errors.contains("is finished"), "\(outcome.errors)")
            // What was killed between its last file and its end leaves its lock, and a run that is finished is not touched.
            if outcome.status != 0 { try FileManager.default.removeItem(atPath: folder("killed/run.lock")) }
        }
        try run.expectSame("whole", "killed")
        #expect(try run.events("killed").count { $0["event"] as? String == "image set aside" } == 1)
    }

    /// Killed between any two files of an epoch, the run writes both again.
    @Test func filesThatAreNewerThanTheStateAreWrittenAgain() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 2)
        run.epochs = 3
        run.more = ["--augment", "light"]
        #expect(try run.run("whole").status == 0)
        try run.interrupted("stopped")
        let state = try folder.bytes(of: "stopped/state.safetensors")
        // As the end of another epoch leaves it when the power goes: everything is there but the state that says so.
        for name in folder.names(in: "whole") where !["configuration.json", "state.safetensors"].contains(name) {
            try folder.write(try folder.bytes(of: "whole/" + name), to: "stopped/" + name)
        }
        try folder.write("{", to: "stopped/.best.safetensors.3f2k.tmp")
        try folder.write("{", to: "stopped/.validation.json.Ab12Cd")
        try folder.write("{", to: "stopped/curves.png.77.12.part")
        #expect(try folder.bytes(of: "stopped/state.safetensors") == state)
        // The logs of this run up to its state are the beginning of the other's but for times, so lengths may differ.
        let outcome = try run.run("stopped", "--resume")
        #expect(outcome.status == 0, "\(outcome.errors)")
        for name in ["best.safetensors", "last.safetensors", "validation.json", "augmentation.jsonl"] {
            #expect(
                try folder.bytes(of: "whole/" + name) == folder.bytes(of: "stopped/" + name), "\(name)")
        }
        #expect(folder.names(in: "whole") == folder.names(in: "stopped"))
    }

    @Test func runsKilledBeforeTheirFirstStateStartOver() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 1)
        #expect(try run.run("whole").status == 0)
        // What a run that was killed in its first epoch leaves.
        try folder.write("123\n", to: "early/run.lock")
        try folder.write(try folder.bytes(of: "whole/configuration.json"), to: "early/configuration.json")
        let first = try #require(folder.text(of: "whole/log.jsonl").split(separator: "\n").first)
        try folder.write(first + "\n", to: "early/log.jsonl")

        run.epochs = 5
        let other = try run.run("early", "--resume")
        #expect(other.status == 1)
        #expect(other.errors.contains("epochs: 2 then, 5 now"), "\(other.errors)")
        run.epochs = 2
        let outcome = try run.run("early", "--resume")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("ended before its first state; it starts from the beginning"))
        try run.expectSame("whole", "early")

        let again = try run.run("whole", "--resume")
        #expect(again.status == 1)
        #expect(again.errors.contains("is finished"), "\(again.errors)")
        let never = try run.run("never", "--resume")
        #expect(never.status == 1)
        #expect(never.errors.contains("there is no run to resume"), "\(never.errors)")
    }

    /// Kept values of frozen layers are rounded otherwise than those of a whole batch; a run stays with what it began with.
    @Test(arguments: [([], ["--no-cache"]), (["--no-cache"], [])])
    func resumedRunsKeepFeaturesAsTheyBegan(first: [String], then: [String]) throws {
        var run = try TrainingRun(folder, images: 6, validationImages: 1)
        run.epochs = 3
        run.more = [
            "--maximum-size", "64", "--trainable-layers", "2", "--flip", "0.5", "--weights",
            ShapesExcerpt.package + "/pretrained/resnet10-quarter-shapes.safetensors",
        ]
        let needletail = try Program("needletail")
        #expect(try needletail.run(run.arguments("whole", first)).status == 0)
        run.more += first
        try run.interrupted("stopped")
        run.more.removeLast(first.count)
        let outcome = try needletail.run(run.arguments("stopped", ["--resume"] + then))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("what the frozen layers compute") == first.isEmpty)
        try run.expectSame("whole", "stopped")
    }
}
