import NeedletailDatasets
import NeedletailImages

/// What is the matter with image files, and which pictures repeat others.
struct PictureRules {
    let datasets: [Dataset]
    let parts: SplitParts
    let pictures: CheckedPictures
    let options: CheckOptions

    func notes() -> [CheckNote] {
        var notes: [CheckNote] = []
        for (subject, dataset) in datasets.enumerated() {
            let facts = pictures.places[subject].map { pictures.facts[$0] }
            let isAllMissing =
                facts.count > 1 && facts.allSatisfy { $0.failure?.reason == .missing }
                && dataset.images.indices.allSatisfy(dataset.isNowhere)
            if isAllMissing {
                // One wrong folder is one mistake.
                var note = CheckNote(
                    .missingFile, subject, 0,
                    detail: "none of the \(facts.count) files is there; looked for in \(dataset.imagePlaces)")
                note.count = Int32(clamping: facts.count)
                note.standsForAll = true
                notes.append(note)
                continue
            }
            let unstated = Set(dataset.issueRows.lazy.filter { $0.kind == .unknownImageSize }.map(\.row))
            // Who read the dataset looked into files for their size.
            let told = Set(dataset.remarks.lazy.filter { Dataset.unreadSizes.contains($0.kind) }.map { Int($0.row) })
            for (row, facts) in facts.enumerated() {
                if !told.contains(row), let note = fileNote(facts, subject, row) { notes.append(note) }
                if facts.information?.holdsSeveral ?? false { notes.append(CheckNote(.severalPictures, subject, row)) }
                let image = dataset.images[row]
                if let note = sizeNote(facts, image, isStated: !unstated.contains(row), subject, row) {
                    notes.append(note)
                }
            }
        }
        if options.readsHeadersOnly {
            if options.wants(.leakedImage) { notes += sharedFiles() }
        } else if options.wants(.duplicateImage, .nearDuplicateImage, .leakedImage, .nearlyLeakedImage) {
            notes += repeats()
        }
        return notes
    }

    private func fileNote(_ facts: PictureFacts, _ subject: Int, _ row: Int) -> CheckNote? {
        if let damage = facts.damage {
            return CheckNote(.damagedFile, subject, row, detail: Self.words(of: damage))
        }
        guard let failure = facts.failure else { return nil }
        let kind: DatasetIssue.Kind =
            switch failure.reason {
            case .missing: .missingFile
            case .truncated: .truncatedFile
            default: .corruptFile
            }
        let reason = kind == .missingFile ? datasets[subject].absence(ofImage: row) : nil
        return CheckNote(kind, subject, row, detail: reason ?? Self.words(of: failure))
    }

    private static func words(of error: ImageError) -> String { ImageError(error.reason, path: nil).explanation }

    /// - Parameter isStated: Whether the size is the annotations' own.
    private func sizeNote(
        _ facts: PictureFacts, _ image: ImageRecord, isStated: Bool, _ subject: Int, _ row: Int
    ) -> CheckNote? {
        // Of a picture that has to be converted there will be another file.
        guard let information = facts.information, information.format.isDecoded else { return nil }
        let stored = (information.storedWidth, information.storedHeight)
        let upright = (information.width, information.height)
        let annotated = (image.width, image.height)
        if image.hasSize, annotated != stored, annotated != upright {
            return CheckNote(
                .sizeDisagreement, subject, row,
                detail: "\(upright.0)x\(upright.1) instead of \(annotated.0)x\(annotated.1)")
        }
        guard information.orientation != .upright else { return nil }
        let relation =
            !isStated || !image.hasSize || stored == upright
            ? "the size does not tell which of the two pictures the boxes are drawn on"
            : annotated == stored
                ? "the boxes are drawn on the stored picture" : "the boxes are drawn on the turned picture"
        return CheckNote(
            .doubtfulOrientation, subject, row,
            detail: "EXIF orientation \(information.orientation.rawValue); \(relation)")
    }

    /// One file that has two names in two splits: a link, or another way to write the path.
    private func sharedFiles() -> [CheckNote] {
        var owners: [PictureFacts.FileNumber: (subject: Int, row: Int, place: Int)] = [:]
        var notes: [CheckNote] = []
        for (subject, places) in pictures.places.enumerated() {
            for (row, place) in places.enumerated() {
                guard let file = pictures.facts[place].file else { continue }
                guard let owner = owners[file] else {
                    owners[file] = (subject, row, place)
                    continue
                }
                // The same path is found without looking at files.
                guard owner.place != place,
                    parts.part(ofImage: owner.row, in: owner.subject) != parts.part(ofImage: row, in: subject)
                else { continue }
                notes.append(CheckNote(.leakedImage, subject, row, other: owner.row, of: owner.subject))
            }
        }
        return notes
    }

    // MARK: The same picture twice

    private func repeats() -> [CheckNote] {
        // The first image that uses each file.
        var owner = [(subject: Int, row: Int)?](repeating: nil, count: pictures.paths.count)
        for (subject, places) in pictures.places.enumerated() {
            for (row, place) in places.enumerated() where owner[place] == nil { owner[place] = (subject, row) }
        }
        let similar = SimilarPictures(
            paths: pictures.paths, facts: pictures.facts,
            findsNear: options.wants(.nearDuplicateImage, .nearlyLeakedImage))
        return similar.matches.sorted { $0.key < $1.key }.compactMap { place, match in
            guard let own = owner[place], let other = owner[match.original] else { return nil }
            let isLeak =
                parts.part(ofImage: own.row, in: own.subject) != parts.part(ofImage: other.row, in: other.subject)
            let kind: DatasetIssue.Kind =
                switch match.likeness {
                case .same: isLeak ? .leakedImage : .duplicateImage
                case .near: isLeak ? .nearlyLeakedImage : .nearDuplicateImage
                }
            return CheckNote(kind, own.subject, own.row, other: other.row, of: other.subject)
        }
    }
}
