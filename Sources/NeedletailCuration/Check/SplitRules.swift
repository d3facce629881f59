import NeedletailAnnotations

/// What is the matter between the splits of one dataset, as far as the annotations tell.
struct SplitRules {
    let names: [String]
    let datasets: [Dataset]

    func notes() -> [CheckNote] {
        guard datasets.count > 1 else { return [] }
        return sharedFiles() + disagreements() + missingCategories()
    }

    /// One file in two splits; the same picture under two names is found by its pixels.
    private func sharedFiles() -> [CheckNote] {
        var notes: [CheckNote] = []
        var owners: [String: (subject: Int, row: Int)] = [:]
        for (subject, dataset) in datasets.enumerated() {
            for row in 0..<dataset.images.count {
                let path = dataset.imagePath(ofImage: row)
                guard let owner = owners[path] else {
                    owners[path] = (subject, row)
                    continue
                }
                guard owner.subject != subject else { continue }
                notes.append(CheckNote(.leakedImage, subject, row, other: owner.row, of: owner.subject))
            }
        }
        return notes
    }

    private func disagreements() -> [CheckNote] {
        var notes: [CheckNote] = []
        var idsByName: [String: (id: RecordID, subject: Int)] = [:]
        var namesByID: [RecordID: (name: String, subject: Int)] = [:]
        for (subject, dataset) in datasets.enumerated() {
            for (row, category) in dataset.categories.enumerated() {
                let id = idsByName[category.name]
                let name = namesByID[category.id]
                if let id, id.subject != subject, id.id != category.id {
                    let detail = "\(category.name) is \(id.id) in \(names[id.subject])"
                    notes.append(CheckNote(.categoryDisagreement, subject, row, detail: detail))
                } else if let name, name.subject != subject, name.name != category.name {
                    let detail = "\(category.id) is \(name.name) in \(names[name.subject])"
                    notes.append(CheckNote(.categoryDisagreement, subject, row, detail: detail))
                }
                if id == nil { idsByName[category.name] = (category.id, subject) }
                if name == nil { namesByID[category.id] = (category.name, subject) }
            }
        }
        return notes
    }

    /// Categories that have boxes in one split, reported where they have none.
    private func missingCategories() -> [CheckNote] {
        let used = datasets.map { dataset in
            var counts = [Int](repeating: 0, count: dataset.categories.count)
            for row in 0..<dataset.annotations.count { counts[dataset.annotations.category(of: row)] += 1 }
            return Dictionary(zip(dataset.categories.map(\.name), counts), uniquingKeysWith: +)
        }
        var notes: [CheckNote] = []
        for (subject, dataset) in datasets.enumerated() where !dataset.images.isEmpty {
            for (row, category) in dataset.categories.enumerated() where used[subject][category.name] == 0 {
                guard let other = used.firstIndex(where: { $0[category.name, default: 0] > 0 }) else { continue }
                notes.append(
                    CheckNote(.categoryMissingInSplit, subject, row, detail: "it has boxes in \(names[other])"))
            }
        }
        return notes
    }
}
