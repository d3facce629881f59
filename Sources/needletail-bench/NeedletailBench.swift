import ArgumentParser

/// Measures the toolkit: medians of many runs, their spread, and rates.
@main
struct NeedletailBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail-bench",
        abstract: "Measure networks, training, image input, augmentation and suppression on this machine.",
        discussion: """
            Every figure is the median of repeated runs after a warm-up. Measure with
            nothing else running.

            EXAMPLE
              needletail-bench networks --only resnet18 --threads 2 --json
            """,
        subcommands: [
            NetworksSuite.self, TrainingSuite.self, KernelsSuite.self, InputSuite.self, AugmentationSuite.self,
            SuppressionSuite.self,
        ])
}
