import NeedletailDatasets
import NeedletailEvaluation
import NeedletailGeometry
import NeedletailImages
import NeedletailModels
import NeedletailPlatform
import NeedletailSystem

/// Draws the pictures of a classifier's run. None of them is worth a run: when one cannot be drawn, a warning says so.
final class ClassificationPictures: TrainingHook {
    private let folder: RunFolder
    private let material: ClassificationMaterial
    private let classifier: Classifier
    private let validation: ClassificationValidation?

    init(
        _ folder: RunFolder, material: ClassificationMaterial, classifier: Classifier,
        validation: ClassificationValidation?
    ) {
        self.folder = folder
        self.material = material
        self.classifier = classifier
        self.validation = validation
    }

    /// The first batch as the network sees it. It is made anew: where features are kept, batches have no pixels.
    func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) throws {
        let progress = status.progress
        guard progress.epoch == 0, progress.sums.steps + progress.sums.skipped == 0, !notes.names.isEmpty,
            classifier.inputTransform.whitening == nil
        else { return }
        let batches = PictureBatches(
            material.training, transform: classifier.inputTransform, configuration: status.configuration
        ).batches(epoch: 0)
        defer { batches.cancel() }
        guard let item = batches.next() else { return }
        // What could not be read before has been told.
        let failures = item.notes.failures.filter { !notes.failures.contains($0) }
        guard let batch = item.batch else {
            return folder.writePicture(nil, to: folder.samples, lacking: failures, status)
        }
        var sheet = ContactSheet(columns: 8, tileWidth: 150, tileHeight: 150)
        for index in 0..<min(batch.count, 32) {
            let truth = names(batch.targets[index])
            sheet.append(
                batch.picture(index, undoing: classifier.inputTransform), boxes: [], caption: truth)
        }
        folder.writePicture(sheet.image, to: folder.samples, lacking: failures, status)
    }

    /// Losses, accuracy, learning rate and times over the epochs; of the best epoch some validation pictures.
    func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {
        if epoch.isBest, let validation, let dataset = material.validation, let found = validation.latest?.pictures {
            let sheet = ClassificationSheet(dataset: dataset, pictures: found)
            let drawn = sheet.drawn()
            folder.writePicture(drawn.image, to: folder.predictions, lacking: drawn.failures, status)
        }
        folder.writePicture(CurvesPicture(records: status.progress.records).image, to: folder.curves, status)
    }

    private func names(_ labels: [Int]) -> String {
        labels.map { classifier.configuration.classes[$0] }.joined(separator: ", ")
    }
}

/// Pictures with what they show and what they are taken for, mistakes first.
public struct ClassificationSheet {
    public let dataset: ClassificationDataset
    public let pictures: [ClassifiedPicture]
    /// Whether it is known what the pictures show.
    public let isMeasured: Bool

    private static let mostPictures = 48

    /// - Parameter dataset: Whose rows the pictures name.
    public init(dataset: ClassificationDataset, pictures: [ClassifiedPicture], isMeasured: Bool = true) {
        self.dataset = dataset
        self.pictures = pictures
        self.isMeasured = isMeasured
    }

    /// Half of the pictures are the most confident mistakes, the others from all over the dataset.
    ///
    /// - Returns: No image when no picture can be read; why those are lacking that could not.
    public func drawn() -> (image: Image?, failures: [String]) {
        let mistakes = isMeasured ? pictures.mistakes.prefix(Self.mostPictures / 2) : []
        let others = isMeasured ? pictures.filter(\.isRight) : pictures
        let count = min(Self.mostPictures - mistakes.count, others.count)
        let chosen = mistakes + (0..<count).map { others[$0 * others.count / count] }
        var sheet = ContactSheet(
            columns: min(8, max(chosen.count, 1)), tileWidth: 180, tileHeight: 150,
            captionLines: mistakes.isEmpty ? 1 : 2)
        var isEmpty = true
        var failures: [String] = []
        for picture in chosen {
            let image: Image
            do { image = try dataset.items[picture.row].image(minimumSide: 300) } catch {
                failures.append("\(error)")
                continue
            }
            isEmpty = false
            sheet.append(
                image.framed(isRight: !isMeasured || picture.isRight), boxes: [], caption: caption(picture))
        }
        return (isEmpty ? nil : sheet.image, failures)
    }

    private func caption(_ picture: ClassifiedPicture) -> String {
        let said = "\(dataset.classes[picture.predicted]) \(EpochRecord.rounded(Double(picture.confidence), digits: 2))"
        guard isMeasured, !picture.isRight else { return said }
        let truth = picture.labels.map { dataset.classes[$0] }.joined(separator: ", ")
        return "\(truth.isEmpty ? "none" : truth)\nnot \(said)"
    }
}

extension Image {
    /// With a margin of blue around what is right and of orange around what is wrong, large enough to be seen.
    fileprivate func framed(isRight: Bool) -> Image {
        // Small pictures are enlarged by whole factors, pixel by pixel.
        let factor = max(1, 132 / max(width, height))
        let rgb = converted(to: .rgb)
        let enlarged =
            factor == 1
            ? rgb
            : Image(
                width: width * factor, height: height * factor,
                bytes: (0..<height * factor).flatMap { y in
                    (0..<width * factor).flatMap { x in
                        (0..<3).map { rgb[row: y / factor, column: x / factor, channel: $0] }
                    }
                })
        let margin = max(max(enlarged.width, enlarged.height) / 30, 3)
        var framed = Image(
            width: enlarged.width + 2 * margin, height: enlarged.height + 2 * margin,
            filledWith: isRight ? Color(0x5CC8FF) : Color(0xFFA23A))
        framed.place(enlarged, x: margin, y: margin, within: framed.frame)
        return framed
    }
}

extension TrainingBatch {
    /// An image of the batch, its normalisation undone. What was filled up is the mean colour.
    func picture(_ index: Int, undoing transform: InputTransform) -> Image {
        let count = width * height * channels
        let first = index * count, isReversed = transform.channelOrder == .bgr
        let bytes = (0..<count).map { offset in
            let channel = offset % channels
            let value = pixels[first + offset + (isReversed ? 2 - 2 * channel : 0)]
            let level = (value * transform.deviation[channel] + transform.mean[channel]) * 255 + 0.5
            return UInt8(saturating: level)
        }
        return Image(width: width, height: height, format: channels == 1 ? .gray : .rgb, bytes: bytes)
    }
}

extension RunFolder {
    /// Writes a picture; when that fails, or something is lacking in it, a warning says so.
    ///
    /// - Parameter failures: Why images could not be drawn.
    func writePicture(_ image: Image?, to file: String, lacking failures: [String] = [], _ status: TrainingStatus) {
        if let first = failures.first {
            let others = failures.count > 1 ? " and \(failures.count - 1) more" : ""
            let what = image == nil ? "is not drawn" : "lacks an image\(others)"
            status.report(.warning("\(FilePath.fileName(of: file)) \(what): \(first)"))
        }
        guard let image else { return }
        do throws(ImageError) {
            try image.writePNG(to: file)
        } catch {
            status.report(.warning("the picture could not be written: \(error)"))
        }
    }
}
