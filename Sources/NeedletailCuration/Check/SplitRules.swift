import NeedletailDatasets

/// What is the matter between the splits of one dataset, as far as the annotations tell.
struct SplitRules {
    let datasets: [Dataset]
    let parts: SplitParts

    func notes() -> [CheckNote] {
        guard parts.names.count > 1 else { return [] }
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
                let other = parts.part(ofImage: owner.row, in: owner.subject)
                guard other != parts.part(ofImage: row, in: subject) else { continue }
                notes.append(CheckNote(.leakedImage, subject, row, other: owner.row, of: owner.subject))
            }
        }
        return notes
    }

    private func disagreements() -> [CheckNote] {
        var notes: [CheckNote] = []
        var idsByName: [String: (id: RecordID, subject: Int)] = [:]
        var namesByID: [RecordID: (name: String, subject: Int)] = [:]
        func name(_ subject: Int) -> String { parts.owners.firstIndex(of: subject).map { parts.names[$0] } ?? "" }
        for (subject, dataset) in datasets.enumerated() {
            for (row, category) in dataset.categories.enumerated() {
                let sameName = idsByName[category.name]
                let sameID = namesByID[category.id]
                if let sameName, sameName.subject != subject, sameName.id != category.id {
                    let detail = "\(category.name) is \(sameName.id) in \(name(sameName.subject))"
                    notes.append(CheckNote(.categoryDisagreement, subject, row, detail: detail))
                } else if let sameID, sameID.subject != subject, sameID.name != category.name {
                    let detail = "\(category.id) is \(sameID.name) in \(name(sameID.subject))"
                    notes.append(CheckNote(.categoryDisagreement, subject, row, detail: detail))
                }
                if sameName == nil { idsByName[category.name] = (category.id, subject) }
                if sameID == nil { namesByID[category.id] = (category.name, subject) }
            }
        }
        return notes
    }

    /// Categories that have boxes in one split, reported where they have none.
    private func missingCategories() -> [CheckNote] {
        var counts = [[String: Int]](repeating: [:], count: parts.names.count)
        for (subject, dataset) in datasets.enumerated() {
            let firstPart = parts.owners.firstIndex(of: subject) ?? 0
            let partCount = parts.owners.count { $0 == subject }
            var rows = [[Int]](repeating: Array(repeating: 0, count: dataset.categories.count), count: partCount)
            for row in 0..<dataset.annotations.count {
                let part = parts.part(ofImage: dataset.annotations.image(of: row), in: subject)
                rows[part - firstPart][dataset.annotations.category(of: row)] += 1
            }
            for (offset, row) in rows.enumerated() {
                counts[firstPart + offset] = Dictionary(
                    zip(dataset.categories.map(\.name), row), uniquingKeysWith: +)
            }
        }
        var notes: [CheckNote] = []
        for (part, owner) in parts.owners.enumerated() where !datasets[owner].images.isEmpty {
            for (row, category) in datasets[owner].categories.enumerated() where counts[part][category.name] == 0 {
                guard let other = counts.firstIndex(where: { $0[category.name, default: 0] > 0 }) else { continue }
                let detail = "none in \(parts.names[part]), but in \(parts.names[other])"
                notes.append(CheckNote(.categoryMissingInSplit, owner, row, detail: detail))
            }
        }
        return notes
    }
}
