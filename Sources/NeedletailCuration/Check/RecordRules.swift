import NeedletailAnnotations

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
        (0..<dataset.annotations.count).compactMap { row in
            switch dataset.annotations.id(of: row) {
            case nil: CheckNote(.missingAnnotationID, subject, row)
            case .integer(0): CheckNote(.zeroAnnotationID, subject, row)
            default: nil
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
        for row in 0..<dataset.annotations.count {
            let category = dataset.annotations.category(of: row)
            counts[category] += 1
            if dataset.annotations.isCrowd(row) { crowds[category] += 1 }
        }
        let isAllCrowd = dataset.annotations.count == crowds.reduce(0, +)
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
