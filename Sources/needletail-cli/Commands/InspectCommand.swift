import ArgumentParser

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Draw what is inside a network: filters, maps, anchors, suppression, gradients.",
        discussion: """
            MODEL is a file of weights, a network in words (a file that ends in .net), or a model by name, whose weights \
            are then drawn at random. Every picture is a PNG.

            EXAMPLE
              needletail inspect filters resnet18-f37072fd.pth --output filters.png
              needletail inspect maps resnet18-f37072fd.pth photo.jpg \\
                  --node layer1.0.conv1 --output maps.png
            """,
        subcommands: [
            InspectFilters.self, InspectMaps.self, InspectAnchors.self, InspectSuppression.self, InspectGradients.self,
        ])
}
