import ArgumentParser

struct ClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Train a network to tell what pictures show, use it, and measure it.",
        discussion: """
            EXAMPLE
              needletail classify train flowers/ --weights weights/resnet18-f37072fd.pth \\
                  --output runs/flowers
              needletail classify predict runs/flowers/best.safetensors photos/
              needletail classify evaluate runs/flowers/best.safetensors flowers/ \\
                  --split test --report report.html
            """,
        subcommands: [ClassifyTrainCommand.self, ClassifyPredictCommand.self, ClassifyEvaluateCommand.self])
}
