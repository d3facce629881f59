import ArgumentParser

/// Measures the toolkit: medians of many runs, their spread, and rates.
@main
struct NeedletailBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail-bench",
        abstract: "Measure what the machine can do, and how much of it the toolkit makes use of.",
        discussion: """
            Every figure is the median of repeated runs after a warm-up. Measure with
            nothing else running.

            EXAMPLE
              needletail-bench networks --only resnet18 --threads 2 --json
            """,
        subcommands: [
            CeilingSuite.self, KernelsSuite.self, DepthwiseSuite.self, NetworksSuite.self, ImportedSuite.self,
            TrainingSuite.self,
            ClassificationSuite.self, InputSuite.self, AugmentationSuite.self, SuppressionSuite.self,
            DetectionSuite.self, CoresSuite.self, ScaleSuite.self,
        ])
}
