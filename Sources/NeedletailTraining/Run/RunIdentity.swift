import NeedletailModels

/// All that decides which bits a run ends with, apart from its starting weights: a run can be continued only as itself.
public struct RunIdentity<M: RunModel>: Hashable, Sendable {
    public var training: TrainingConfiguration
    public var model: M.Configuration
    public var dataset: DatasetFingerprint
    /// What of the dataset is trained on.
    public var trainedImages: Int
    /// Nil where images have classes alone.
    public var trainedBoxes: Int?
    public var validation: DatasetFingerprint?

    public init(
        training: TrainingConfiguration, model: M.Configuration, dataset: DatasetFingerprint, trainedImages: Int,
        trainedBoxes: Int?, validation: DatasetFingerprint?
    ) {
        self.training = training
        self.model = model
        self.dataset = dataset
        self.trainedImages = trainedImages
        self.trainedBoxes = trainedBoxes
        self.validation = validation
    }

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
            lines.append("trained on: \(old.trainedWords) then, \(trainedWords) now")
        }
        lines += Self.differences(old.training, training, prefix: "")
        lines += Self.differences(old.model, model, prefix: M.kindName + ".")
        return lines
    }

    private var trainedWords: String {
        "\(trainedImages) images" + (trainedBoxes.map { " and \($0) boxes" } ?? "")
    }

    private static func differences<Value: Encodable>(_ old: Value, _ new: Value, prefix: String) -> [String] {
        let (then, now) = (SettingTree.leaves(of: old), SettingTree.leaves(of: new))
        return Set(then.keys).union(now.keys).sorted().compactMap { key in
            guard then[key] != now[key] else { return nil }
            return "\(words(prefix + key)): \(then[key] ?? "not set") then, \(now[key] ?? "not set") now"
        }
    }

    /// What a setting is called: `loss, cross entropy, label smoothing` for `loss.crossEntropy.labelSmoothing`.
    private static func words(_ key: String) -> String {
        key.reduce(into: "") { words, character in
            if character == "." {
                words += ", "
            } else if character.isUppercase, words.last?.isLowercase ?? false {
                words += " " + character.lowercased()
            } else {
                words.append(character)
            }
        }
    }
}

/// The model's configuration stands under the name of its kind: `{"training": …, "detector": …}`.
extension RunIdentity: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NameKey.self)
        training = try container.decode(TrainingConfiguration.self, forKey: .training)
        model = try container.decode(M.Configuration.self, forKey: NameKey(stringValue: M.kindName))
        dataset = try container.decode(DatasetFingerprint.self, forKey: .dataset)
        trainedImages = try container.decode(Int.self, forKey: .trainedImages)
        trainedBoxes = try container.decodeIfPresent(Int.self, forKey: .trainedBoxes)
        validation = try container.decodeIfPresent(DatasetFingerprint.self, forKey: .validation)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(training, forKey: .training)
        try container.encode(model, forKey: NameKey(stringValue: M.kindName))
        try container.encode(dataset, forKey: .dataset)
        try container.encode(trainedImages, forKey: .trainedImages)
        try container.encodeIfPresent(trainedBoxes, forKey: .trainedBoxes)
        try container.encodeIfPresent(validation, forKey: .validation)
    }
}

extension NameKey {
    fileprivate static let training = NameKey(stringValue: "training")
    fileprivate static let dataset = NameKey(stringValue: "dataset")
    fileprivate static let trainedImages = NameKey(stringValue: "trainedImages")
    fileprivate static let trainedBoxes = NameKey(stringValue: "trainedBoxes")
    fileprivate static let validation = NameKey(stringValue: "validation")
}
