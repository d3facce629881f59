import ArgumentParser
import Needletail
import NeedletailErrors

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A policy of augmentation as a person gives it: the name of one, or a file.
enum AugmentationArgument {
    static let names = AugmentationPolicy.Preset.allCases.map(\.rawValue).joined(separator: ", ")

    /// - Throws: ``CommandError`` when it is neither, or the file is no policy.
    static func policy(_ argument: String) throws -> AugmentationPolicy {
        if let preset = AugmentationPolicy.Preset(rawValue: argument) { return AugmentationPolicy(preset) }
        guard ImageFolder.exists(argument), !ImageFolder.isFolder(argument) else {
            throw CommandError(
                "\(argument): there is no such policy and no such file."
                    + "\(NearestName.question(argument, among: AugmentationPolicy.Preset.allCases.map(\.rawValue))) Give one of \(names), or a file with an "
                    + "operation a line.")
        }
        let text = try TextFile.read(argument, limit: 1 << 20)
        do {
            return try AugmentationPolicy(text: text)
        } catch {
            throw CommandError("\(argument): \(Wording.commandLine(error))")
        }
    }
}
