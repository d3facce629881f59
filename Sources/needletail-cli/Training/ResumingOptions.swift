import ArgumentParser
import Needletail
import NeedletailProcesses

/// How a run, of a detector or a classifier, is kept to be resumed, and whether it is.
struct ResumingOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Keep what frozen layers compute of the images, where it stays the same.")
    var cache = true

    @Flag(
        help: ArgumentHelp(
            "Continue the run in the output folder.",
            discussion: "One that is finished goes on with more --epochs, as a run of so many has it from there."))
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Seconds of training that a run which is killed may lose.",
            discussion: "So often a state is written to resume from; besides at the end of every epoch."))
    var saveEvery = 300.0

    func validate() throws {
        if saveEvery < 0 { throw ValidationError("--save-every takes a number of seconds from 0.") }
    }

    func run(by group: any ProcessGroup) -> RunOptions {
        var options = RunOptions()
        options.secondsBetweenStates = saveEvery
        options.group = group
        options.takesStateWish = { Interruption.takeStateWish() }
        options.keepsState = true
        if !cache { options.featureCacheLimit = 0 }
        return options
    }

    /// Says that a finished run goes on, if it does.
    func note(_ folder: RunFolder, epochs: Int, console: Console) {
        guard folder.isFinished else { return }
        console.note(
            "the finished run in \(folder.path) goes on to \(Count.text(epochs, "epoch")): with the optimiser as it was, and the "
                + "learning rate that a run of so many has from here on")
    }
}
