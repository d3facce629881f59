import NeedletailModels

/// All that decides which bits a run ends with, apart from its starting weights: a run can be continued only as itself.
public struct RunIdentity: Codable, Hashable, Sendable {
    public var training: TrainingConfiguration
    public var detector: DenseDetector.Configuration
    public var dataset: DatasetFingerprint
    /// What of the dataset is trained on.
    public var trainedImages: Int
    public var trainedBoxes: Int
    public var validation: DatasetFingerprint?

    /// What differs from what a run was started with, a line each.
    func differences(from old: RunIdentity) -> [String] {
        var lines: [String] = []
        if let line = dataset.difference(from: old.dataset, called: "the training dataset") { lines.append(line) }
        switch (old.validation, validation) {
        case (let old?, let new?):
            if let line = new.difference(from: old, called: "the validation dataset") { lines.append(line) }
        case (.some(let old), nil): lines.append("a validation dataset of \(old.images) images then, none now")
        case (nil, .some(let new)): lines.append("no validation dataset then, one of \(new.images) images now")
        case (nil, nil): break
        }
        if dataset == old.dataset, (trainedImages, trainedBoxes) != (old.trainedImages, old.trainedBoxes) {
            lines.append(
                "trained on: \(old.trainedImages) images and \(old.trainedBoxes) boxes then, \(trainedImages) and "
                    + "\(trainedBoxes) now")
        }
        lines += Self.differences(old.training, training, prefix: "")
        lines += Self.differences(old.detector, detector, prefix: "detector.")
        return lines
    }

    private static func differences<Value: Encodable>(_ old: Value, _ new: Value, prefix: String) -> [String] {
        let (then, now) = (SettingTree.leaves(of: old), SettingTree.leaves(of: new))
        return Set(then.keys).union(now.keys).sorted().compactMap { key in
            guard then[key] != now[key] else { return nil }
            return "\(prefix)\(key): \(then[key] ?? "not set") then, \(now[key] ?? "not set") now"
        }
    }
}
