import ArgumentParser
import Needletail

/// How pictures with classes are read.
struct PictureOptions: ParsableArguments {
    @Flag(help: "Take the boxes of a detection dataset, of any format, cut out of their photographs.")
    var crops = false

    @Option(help: "What is added to a box on every side, as a share of its size; with --crops.")
    var margin = 0.0

    @Option(help: "The folder of the image files, where a table or annotations do not say.")
    var images: String?

    func validate() throws {
        guard (0...10).contains(margin) else {
            throw ValidationError("--margin takes a number from 0 to 10, not \(margin).")
        }
        if margin > 0, !crops { throw ValidationError("--margin goes with --crops.") }
    }

    func read(_ path: String, console: Console) throws -> ClassificationDataset {
        let dataset =
            crops
            ? ClassificationDataset(boxesOf: try Dataset.read(path, images: images), margin: margin)
            : try readPictures(path)
        console.warn(of: dataset.remarks, heading: "not taken over (\(dataset.remarks.count)):")
        return dataset
    }

    /// A detection dataset where pictures are expected is most likely meant to be cut up.
    private func readPictures(_ path: String) throws -> ClassificationDataset {
        let result = Result { try ClassificationDataset.read(path, images: images) }
        if case .success(let dataset) = result, dataset.classes.count > 1 { return dataset }
        if let detection = try? Dataset.read(path, images: images), detection.annotations.count > 0 {
            throw CommandError(
                "\(path): this is a dataset of boxes, not of pictures with classes. --crops takes its boxes, cut out of their "
                    + "photographs.")
        }
        return try result.get()
    }
}

/// `1-8000`: some of the pictures of a dataset in their order, counted from 1.
struct PictureRange: ExpressibleByArgument {
    let first: Int
    let last: Int

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let first = parts[0], let last = parts[1], first >= 1, last >= first else { return nil }
        (self.first, self.last) = (first, last)
    }

    /// - Throws: ``CommandError`` when the dataset has fewer pictures.
    func select(from dataset: ClassificationDataset, flag: String) throws -> ClassificationDataset {
        guard last <= dataset.items.count else {
            throw CommandError(
                "\(flag) \(first)-\(last): \(dataset.path) has \(dataset.items.count) pictures there.")
        }
        return dataset.selecting(Array(first - 1..<last))
    }
}
