import ArgumentParser
import Needletail

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
                "\(argument): there is no such policy and no such file. Give one of \(names), or a file with an "
                    + "operation a line.")
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: argument)), data.count < 1 << 20 else {
            throw CommandError("\(argument): this policy cannot be read. Give a small text file that you may read.")
        }
        do {
            return try AugmentationPolicy(text: String(decoding: data, as: UTF8.self))
        } catch {
            throw CommandError("\(argument): \(Wording.commandLine(error))")
        }
    }
}
