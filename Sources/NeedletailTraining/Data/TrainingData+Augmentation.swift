import NeedletailAugmentation
import NeedletailDatasets
import NeedletailGeometry

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What was done to one image in one epoch: a line of a log from which the same picture can be made again.
public struct AugmentationDraw: Codable, Hashable, Sendable {
    /// As the dataset calls it.
    public var image: String
    /// From 1.
    public var epoch: Int
    /// See `AugmentationRecipe`.
    public var recipe: String

    /// As JSON.
    public var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// - Throws: ``TrainingError`` that quotes the line.
    public init(line: String) throws {
        do {
            self = try JSONDecoder().decode(AugmentationDraw.self, from: Data(line.utf8))
        } catch {
            throw TrainingError(
                .data, "'\(line)'", problem: "this is no line of a log of augmentation, with image, epoch and recipe")
        }
    }

    init(image: String, epoch: Int, recipe: AugmentationRecipe) {
        self.image = image
        self.epoch = epoch
        self.recipe = recipe.description
    }
}

extension TrainingData {
    /// The images by name.
    public var names: [String] { examples.map(\.name) }

    /// An image with its boxes as they are in the dataset; labels are the detector's class indices.
    ///
    /// - Throws: `ImageError`, `AnnotatedImageError`.
    public func labeledImage(_ row: Int) throws -> LabeledImage {
        let example = examples[row]
        let image = try AnnotatedImage.load(example.path, width: example.width, height: example.height)
        return LabeledImage(
            image: image,
            objects: zip(example.boxes, example.classIndices).map { box, classIndex in
                LabeledImage.Object(
                    box: Box(x1: Double(box.x1), y1: Double(box.y1), x2: Double(box.x2), y2: Double(box.y2)),
                    label: classIndex)
            })
    }

    /// All images, for operations that join several.
    public var pool: ImagePool { ImagePool(count: examples.count) { try labeledImage($0) } }

    /// An image under a policy, as training sees it in an epoch, counted from 1.
    ///
    /// - Parameters:
    ///   - inputSide: The shorter side of the network's input; images far larger are shrunk first.
    ///   - joins: Whether operations that join several images do so; else they do nothing.
    /// - Throws: As ``labeledImage(_:)``.
    public func augmented(
        _ row: Int, policy: AugmentationPolicy, seed: UInt64, epoch: Int, inputSide: Int?, joins: Bool = true
    ) throws -> (sample: LabeledImage, draw: AugmentationDraw) {
        let name = examples[row].name
        let (sample, recipe) = try withRoom(forImages: [row]) {
            policy.augment(
                try labeledImage(row), name: name, seed: seed, epoch: epoch, pool: joins ? pool : .empty,
                // Crops and enlargements need twice the input.
                sufficientSide: inputSide.map { 2 * $0 })
        }
        return (sample, AugmentationDraw(image: name, epoch: epoch, recipe: recipe))
    }
}
