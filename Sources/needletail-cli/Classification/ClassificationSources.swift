import ArgumentParser
import Needletail

/// What a classifier is trained from: pictures, the weights to start from, and the seed.
struct ClassificationSources: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Pictures with classes: a folder with a folder for each class, a table, or MNIST's files.",
            discussion:
                "Where there are folders train, val and test of such, train is trained on and val measured on, never test."
        ))
    var dataset: String

    @OptionGroup var pictures: PictureOptions

    @Option(help: "The split to train on: train unless given.")
    var split: String?

    @Option(name: .customLong("pictures"), help: "Of them only these in their order, from 1, such as 1-8000.")
    var range: PictureRange?

    @Option(help: "Other pictures to measure on.")
    var validation: String?

    @Option(help: "The split to measure on: val unless given.")
    var validationSplit: String?

    @Option(
        name: .customLong("validation-pictures"), help: "Of them only these in their order, from 1, such as 8001-10000."
    )
    var validationRange: PictureRange?

    @Option(
        help: ArgumentHelp(
            "The share of the pictures to measure on, where no others are there for it; 0 for none.",
            discussion: "Similar pictures, and those of one photograph, stay together."))
    var holdOut = 0.2

    @Option(
        help: "Weights to start from, a classifier's or a detector's: a file, a run, or a name that 'weights' lists.")
    var weights: String?

    @Flag(inversion: .prefixedNo, help: "Look into all pictures first: broken and repeated ones are named.")
    var check = true

    @Option(help: "The seed of everything random.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (0..<1).contains(holdOut) else {
            throw ValidationError("--hold-out takes a number from 0 to below 1, not \(holdOut).")
        }
    }

    /// - Throws: ``CommandError`` as ``ModelFile`` says.
    func weightsFile() throws -> String? { try weights.map(ModelFile.path) }

    /// Reads and looks over everything; what is wrong with it is found here.
    func read(console: Console) throws -> ClassificationMaterial {
        let whole = try pictures.read(dataset, console: console)
        var training = try part(
            whole, split: split, usual: whole.splits.isEmpty ? nil : "train", range: range, flag: "--pictures")
        var validation = try separateValidation(whole)
        let holdsOut = validation == nil && holdOut > 0
        if check || holdsOut {
            let report = look(at: training, validation, findsSimilar: holdsOut, console: console)
            let broken = Set(report.broken.map(\.row))
            let count = training.items.count
            guard broken.filter({ $0 < count }).count < count else {
                throw CommandError(
                    "\(training.path): none of its \(count) pictures can be read, as \(report.broken[0].reason)")
            }
            if holdsOut {
                let whole = training
                let groups = Array(report.groups.prefix(count))
                let rows = whole.holdingOut(holdOut, groups: groups, seed: seed)
                training = whole.selecting(rows.kept.filter { !broken.contains($0) })
                validation = whole.selecting(rows.heldOut.filter { !broken.contains($0) })
                if validation?.items.isEmpty ?? true { validation = nil }
            } else {
                training = training.selecting((0..<count).filter { !broken.contains($0) })
                validation = validation.map { part in
                    part.selecting(part.items.indices.filter { !broken.contains(count + $0) })
                }
            }
        }
        let material = try ClassificationMaterial(training, validation: validation, weights: weightsFile())
        note(material, whole: whole, isHeldOut: holdsOut, console: console)
        return material
    }

    private func part(
        _ whole: ClassificationDataset, split: String?, usual: String?, range: PictureRange?, flag: String
    ) throws -> ClassificationDataset {
        var part = whole
        if let name = split ?? usual {
            part = whole.split(name)
            guard !part.items.isEmpty else {
                let known =
                    whole.splits.isEmpty ? "it has no splits" : "its splits are \(whole.splits.joined(separator: ", "))"
                throw CommandError("\(whole.path): there are no pictures of the split \(name); \(known).")
            }
        }
        return try range?.select(from: part, flag: flag) ?? part
    }

    /// The pictures to measure on, where they are there apart from those to train on.
    private func separateValidation(_ whole: ClassificationDataset) throws -> ClassificationDataset? {
        let flag = "--validation-pictures"
        if let validation {
            let other = try pictures.read(validation, console: Console(isQuiet: true, printsJSON: false))
            let usual = other.splits.contains("val") ? "val" : nil
            return try part(other, split: validationSplit, usual: usual, range: validationRange, flag: flag)
        }
        let usual = whole.splits.contains("val") ? "val" : nil
        if validationSplit == nil, validationRange != nil, usual == nil {
            return try part(
                whole, split: split, usual: whole.splits.isEmpty ? nil : "train", range: validationRange, flag: flag)
        }
        guard validationSplit != nil || usual != nil else { return nil }
        return try part(whole, split: validationSplit, usual: usual, range: validationRange, flag: flag)
    }

    private func look(
        at training: ClassificationDataset, _ validation: ClassificationDataset?, findsSimilar: Bool, console: Console
    ) -> ClassificationCheck {
        var all = training
        let others = validation?.matched(to: training.classes).dataset.items ?? []
        // Rows behind those of training are those of validation, as long as none of its classes is unknown.
        if others.count == validation?.items.count { all.items += others }
        var progress = Progress("looking into pictures,", unit: "files", total: all.items.count, console: console)
        let report = ClassificationCheck(all, findsSimilar: findsSimilar) { done, _ in progress.update(done) }
        progress.clear()
        console.warn(
            of: report.broken.map(\.reason),
            heading: "pictures that cannot be read are left out (\(report.broken.count)):")
        func name(_ row: Int) -> String { all.items[row].name }
        func words(_ row: Int) -> String {
            let labels = all.items[row].labels.map { all.classes[$0] }
            return "\(name(row)) (\(labels.isEmpty ? "none" : labels.joined(separator: ", ")))"
        }
        console.warn(
            of: report.contradictory.map { "\(words($0.row)) is \(words($0.original))" },
            heading: "the same picture, and of other classes (\(report.contradictory.count)):")
        let border = training.items.count
        let shared = (report.repeated + report.contradictory).filter { ($0.row < border) != ($0.original < border) }
        console.warn(
            of: shared.map { "\(name($0.row)) is \(name($0.original))" },
            heading: "pictures that are measured on are trained on, too (\(shared.count)):")
        let repeated = report.repeated.filter { ($0.row < border) == ($0.original < border) }
        if let first = repeated.first {
            console.note(
                "\(Count.text(repeated.count, "picture")) repeat\(repeated.count == 1 ? "s" : "") another of the same class, as "
                    + "\(name(first.row)), which is \(name(first.original))")
        }
        return report
    }

    private func note(
        _ material: ClassificationMaterial, whole: ClassificationDataset, isHeldOut: Bool, console: Console
    ) {
        for unknown in material.unknownClasses {
            console.warn(
                "the class '\(unknown.name)' is measured on (\(Count.text(unknown.count, "picture"))) and not trained on; its "
                    + "pictures are left out")
        }
        let counts = material.training.counts
        let few = material.training.classes.indices.filter { counts[$0] < 5 }
        console.warn(
            of: few.map { "\(material.training.classes[$0]): \(counts[$0])" },
            heading: "classes with fewer than five pictures to train on (\(few.count)):")
        var text =
            "\(Count.text(material.training.items.count, "picture")) of \(Count.text(counts.count, "class", plural: "classes")) to train on"
        if let validation = material.validation {
            text += ", \(validation.items.count) to measure on\(isHeldOut ? ", held out of them" : "")"
        } else {
            text += ", none to measure on"
        }
        console.note(text)
    }
}
