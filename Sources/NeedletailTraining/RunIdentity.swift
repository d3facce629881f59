import NeedletailModels

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

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

/// A configuration as names and values, so that two can be compared whatever they consist of.
private enum SettingTree: Decodable {
    case members([String: SettingTree])
    case list([SettingTree])
    case value(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let members = try? container.decode([String: SettingTree].self) {
            self = .members(members)
        } else if let list = try? container.decode([SettingTree].self) {
            self = .list(list)
        } else if let flag = try? container.decode(Bool.self) {
            self = .value("\(flag)")
        } else if let number = try? container.decode(UInt64.self) {
            self = .value("\(number)")
        } else if let number = try? container.decode(Double.self) {
            self = .value("\(number)")
        } else if let text = try? container.decode(String.self) {
            self = .value("'\(text)'")
        } else {
            self = .value("nothing")
        }
    }

    /// Names with points between them, and what they are set to.
    static func leaves(of value: some Encodable) -> [String: String] {
        guard let data = try? JSONEncoder().encode(value),
            let tree = try? JSONDecoder().decode(SettingTree.self, from: data)
        else { return [:] }
        var leaves: [String: String] = [:]
        tree.collect(into: &leaves, under: "")
        return leaves
    }

    private func collect(into leaves: inout [String: String], under name: String) {
        func joined(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
        switch self {
        case .value(let text): leaves[name] = text
        case .members(let members): for (key, tree) in members { tree.collect(into: &leaves, under: joined(key)) }
        case .list(let list):
            for (index, tree) in list.enumerated() { tree.collect(into: &leaves, under: joined("\(index)")) }
        }
    }
}
