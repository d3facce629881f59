import NeedletailDatasets
import NeedletailGeometry

/// What is the matter with the records of one dataset: identifiers, categories, images without boxes.
struct RecordRules {
    let subject: Int
    let dataset: Dataset
    let failure: AnnotationError?

    func notes() -> [CheckNote] {
        var notes: [CheckNote] = []
        if let failure { notes.append(CheckNote(Self.kind(of: failure), subject, -1)) }
        for (place, refusal) in dataset.refusals.enumerated() {
            notes.append(CheckNote(Self.kind(of: refusal), subject, place))
        }
        notes += dataset.remarks.enumerated().map { CheckNote(remark: $0, $1, subject) }
        notes += dataset.issueRows.map { CheckNote($0.kind, subject, $0.row) }
        notes += annotationIDs()
        notes += emptyImages()
        notes += categories()
        return notes
    }

    private static func kind(of refusal: AnnotationError) -> DatasetIssue.Kind {
        refusal.kind == .unknownReference ? .unknownReference : .unreadableRecord
    }

    private func annotationIDs() -> [CheckNote] {
        let table = dataset.annotations
        return concurrentFlatMap(runs: table.count) { rows in
            rows.compactMap { row in
                if !table.hasID(row) { return CheckNote(.missingAnnotationID, subject, row) }
                return table.hasZeroID(row) ? CheckNote(.zeroAnnotationID, subject, row) : nil
            }
        }
    }

    private func emptyImages() -> [CheckNote] {
        (0..<dataset.images.count).lazy.filter { dataset.annotations(ofImage: $0).isEmpty }
            .map { CheckNote(.emptyImage, subject, $0) }
    }

    private func categories() -> [CheckNote] {
        var counts = [Int](repeating: 0, count: dataset.categories.count)
        var crowds = counts
        let table = dataset.annotations
        for row in 0..<table.count {
            let category = table.category(of: row)
            counts[category] += 1
            if table.isCrowd(row) { crowds[category] += 1 }
        }
        let isAllCrowd = table.count == crowds.reduce(0, +)
        var notes: [CheckNote] = []
        var names: [String: Int] = [:]
        for (row, category) in dataset.categories.enumerated() {
            if counts[row] == 0 {
                notes.append(CheckNote(.unusedCategory, subject, row))
            } else if crowds[row] == counts[row], !isAllCrowd {
                notes.append(CheckNote(.crowdOnlyCategory, subject, row))
            }
            let plain = category.name.lowercased().filter { $0.isLetter || $0.isNumber }
            guard !plain.isEmpty else { continue }
            if let other = names[plain] {
                let name = dataset.categories[other].name
                if name != category.name {
                    notes.append(CheckNote(.similarCategoryName, subject, row, detail: "\"\(name)\""))
                }
            } else {
                names[plain] = row
            }
        }
        return notes
    }
}
