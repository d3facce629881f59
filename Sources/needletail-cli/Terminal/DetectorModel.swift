import ArgumentParser
import Needletail

/// A detector by its name on the command line: `retinanet-resnet18`, `yolox-nano`.
struct DetectorModel: ExpressibleByArgument {
    let name: String
    let recipe: AnyDetectorRecipe

    init?(argument: String) {
        guard let model = AnyDetectorRecipe.models.first(where: { $0.name == argument }) else { return nil }
        (name, recipe) = model
    }

    static let allNames = AnyDetectorRecipe.models.map(\.name)

    static var allValueStrings: [String] { allNames }
}
