import Needletail

/// The images that are trained on and those that are measured on, of one dataset with splits or of two datasets.
struct TrainingParts {
    /// A dataset, or some splits of it.
    struct Part {
        var path: String
        /// Empty for the whole dataset.
        var splits: [String]
        var dataset: Dataset

        /// `data.yaml (train)`
        var name: String { splits.isEmpty ? path : "\(path) (\(splits.joined(separator: ", ")))" }
    }

    let training: Part
    let validation: Part?
    /// What is used of datasets with splits, for a person; nil where there are none.
    let note: String?
    /// The datasets as they were read, with all their splits.
    let read: [Dataset]

    /// - Throws: ``CommandError`` when a split is not there, or it is not clear which is meant.
    init(_ sources: TrainingSources) throws {
        let (whole, splits) = try Self.read(
            sources.dataset, sources.format.reading(images: sources.images), wanted: sources.split?.names ?? [])
        var read = [whole]
        let training = try Self.part(
            sources.dataset, whole, splits, wanted: sources.split?.names, purpose: .training, flag: "--split")
        var validation: Part?
        var others: TrainingSplits?
        if let path = sources.validation {
            let wanted = sources.validationSplit?.names
            let (whole, own) = try Self.read(
                path, sources.format.reading(images: sources.validationImages ?? sources.images),
                wanted: wanted ?? [])
            read.append(whole)
            others = own
            validation = try Self.part(
                path, whole, own, wanted: wanted, purpose: .validation, flag: "--validation-split")
        } else if let wanted = sources.validationSplit?.names {
            validation = try Self.part(
                sources.dataset, whole, splits, wanted: wanted, purpose: .validation, flag: "--validation-split")
        } else {
            let names = splits.names(for: .validation).filter { !training.splits.contains($0) }
            if !names.isEmpty {
                validation = Part(path: sources.dataset, splits: names, dataset: splits.dataset(of: names))
            }
        }
        self.training = training
        self.validation = validation
        note = Self.note(training, validation, splits, others)
        self.read = read
    }

    /// A dataset with its splits. A list that images do not name is read as such.
    private static func read(
        _ path: String, _ options: ReadingOptions, wanted: [String]
    ) throws -> (whole: Dataset, splits: TrainingSplits) {
        let whole = try Dataset.read(path, options: options)
        let splits = TrainingSplits(whole)
        guard wanted.count == 1, splits.names(meantBy: wanted[0]).isEmpty else { return (whole, splits) }
        var options = options
        options.split = wanted[0]
        let part = try Dataset.read(path, options: options)
        return (part, TrainingSplits(part))
    }

    private static func part(
        _ path: String, _ whole: Dataset, _ splits: TrainingSplits, wanted: [String]?,
        purpose: TrainingSplits.Purpose, flag: String
    ) throws -> Part {
        guard !splits.splits.isEmpty else { return Part(path: path, splits: wanted ?? [], dataset: whole) }
        let known = splits.splits.map { $0.name.isEmpty ? "none" : $0.name }.joined(separator: ", ")
        var names: [String] = []
        for name in wanted ?? [] {
            let meant = splits.names(meantBy: name)
            guard !meant.isEmpty else {
                throw CommandError("\(path): there is no split \(name). Its images are of the splits \(known).")
            }
            names += meant
        }
        if wanted == nil {
            names = splits.names(for: purpose)
            let hasPurposes = splits.splits.contains { TrainingSplits.Purpose($0.name) != nil }
            guard hasPurposes else { return Part(path: path, splits: [], dataset: whole) }
            guard !names.isEmpty else {
                throw CommandError(
                    "\(path): its images are of the splits \(known), and none is there to be "
                        + "\(purpose == .training ? "trained" : "measured") on. Say which with \(flag).")
            }
        }
        return Part(path: path, splits: names, dataset: splits.dataset(of: names))
    }

    private static func note(
        _ training: Part, _ validation: Part?, _ splits: TrainingSplits, _ others: TrainingSplits?
    ) -> String? {
        guard !training.splits.isEmpty || !(validation?.splits.isEmpty ?? true) else { return nil }
        var text = "trained on: \(training.name), \(training.dataset.images.count) images; "
        if let validation {
            text += "measured on: \(validation.name), \(validation.dataset.images.count) images"
        } else {
            text += "no validation"
        }
        let used = training.splits + (others == nil ? validation?.splits ?? [] : [])
        let unused = splits.splits.filter { !used.contains($0.name) }.map {
            "\($0.name.isEmpty ? "of no split" : $0.name) (\($0.rows.count))"
        }
        if !unused.isEmpty { text += "; not looked at: \(unused.joined(separator: ", "))" }
        return text
    }
}
