import ArgumentParser
import Needletail
import NeedletailErrors

/// A detector by its name on the command line: `retinanet-resnet18`, `yolox-nano`.
struct DetectorModel {
    let name: String
    let recipe: AnyDetectorRecipe

    init?(argument: String) {
        guard let model = AnyDetectorRecipe.models.first(where: { $0.name == argument }) else { return nil }
        (name, recipe) = model
    }

    static let allNames = AnyDetectorRecipe.models.map(\.name)

    /// The names on a command line.
    static func parse(_ name: String) throws -> DetectorModel {
        guard let model = DetectorModel(argument: name) else {
            let question = NearestName.question(name, among: allNames)
            throw ValidationError(
                "there is no detector '\(name)'."
                    + (question.isEmpty ? " Detectors are \(allNames.joined(separator: ", "))." : question))
        }
        return model
    }
}
