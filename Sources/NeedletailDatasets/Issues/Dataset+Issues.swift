import NeedletailGeometry

extension Dataset {
    /// What the reader took over otherwise than it stands or not at all, then everything doubtful that was kept, each in
    /// the order of the records.
    public var issues: [DatasetIssue] {
        remarks.map(issue) + doubtfulRecords
    }

    /// Everything doubtful that was kept as it stands, in the order of the records.
    public var doubtfulRecords: [DatasetIssue] {
        notes.map(describe)
    }

    /// How many issues there are of each kind.
    public var issueCounts: [DatasetIssue.Kind: Int] {
        let counts: [DatasetIssue.Kind: Int] = remarks.reduce(into: [:]) { $0[$1.kind, default: 0] += Int($1.count) }
        return notes.reduce(into: counts) { $0[$1.kind, default: 0] += 1 }
    }

    /// How far a box may reach beyond its image, in pixels, before it is reported: files whose coordinates
    /// were rounded are full of smaller excesses.
    public static let edgeTolerance = 0.5

    /// - Parameter rows: The images whose records state no size, where some were taken from elsewhere.
    func findIssues(withoutStatedSize rows: [Int]? = nil) -> [IssueNote] {
        var notes: [IssueNote] = []
        func note(_ kind: DatasetIssue.Kind, _ rows: some Sequence<Int>) {
            notes.append(contentsOf: rows.lazy.map { IssueNote(kind: kind, row: Int32($0)) })
        }
        note(.duplicateCategoryID, Self.repeats(categories.map(\.id)))
        note(.duplicateCategoryName, Self.repeats(categories.map(\.name)))
        note(.duplicateImageID, images.ids.repeatedRows())
        note(.duplicateFileName, images.fileNames.repeatedRows())
        note(.unknownImageSize, rows ?? images.indices.filter { images.widths[$0] <= 0 || images.heights[$0] <= 0 })
        note(.duplicateAnnotationID, annotations.ids.repeatedRows { annotations.flags[$0].contains(.hasID) })
        notes += concurrentFlatMap(runs: annotations.count) { rows in
            var notes: [IssueNote] = []
            for row in rows {
                let flags = annotations.flags[row]
                if flags.contains(.hasLooseReference) {
                    notes.append(IssueNote(kind: .looseReference, row: Int32(row)))
                }
                if flags.contains(.hasTextNumber) { notes.append(IssueNote(kind: .textNumber, row: Int32(row))) }
                if flags.contains(.hasSwappedCorners) {
                    notes.append(IssueNote(kind: .swappedCorners, row: Int32(row)))
                }
                if flags.contains(.hasDegeneratePolygon) {
                    notes.append(IssueNote(kind: .degeneratePolygon, row: Int32(row)))
                }
                if let kind = boxIssue(row) { notes.append(IssueNote(kind: kind, row: Int32(row))) }
                if flags.contains(.hasNonFinite), annotations.boxes[row].isFinite {
                    notes.append(IssueNote(kind: .nonFiniteNumber, row: Int32(row)))
                }
            }
            return notes
        }
        if annotations.count > 0, annotations.flags.allSatisfy({ $0.contains(.isCrowd) }) {
            note(.everyAnnotationIsCrowd, CollectionOfOne(0))
        }
        return notes
    }

    /// What is the matter with one annotation's box, or nil.
    package func boxIssue(_ row: Int) -> DatasetIssue.Kind? {
        let flags = annotations.flags[row]
        let box = annotations.boxes[row]
        if flags.contains(.hasNoBox) { return .missingBox }
        if !box.isFinite { return .nonFiniteBox }
        if flags.contains(.hasNoArea) || box.width == 0 || box.height == 0 { return .noArea }
        if box.isReversed {
            // A width of -1 is more often a way to say that there is none.
            let place = self.place(box.inOrder, row)
            return place == .tinyBox || place == .outsideImage ? .noArea : .swappedCorners
        }
        return place(box, row)
    }

    /// What is the matter with where a box lies and how large it is.
    private func place(_ box: Box, _ row: Int) -> DatasetIssue.Kind? {
        if box.width <= 1 || box.height <= 1 { return .tinyBox }
        let image = Int(annotations.images[row])
        let width = Double(images.widths[image])
        let height = Double(images.heights[image])
        guard width > 0, height > 0 else { return nil }
        if box.x >= width || box.y >= height || box.x2 <= 0 || box.y2 <= 0 { return .outsideImage }
        let excess = max(-box.x, -box.y, box.x2 - width, box.y2 - height)
        return excess > Self.edgeTolerance ? .partlyOutsideImage : nil
    }

    private static func repeats<Value: Hashable>(_ values: some Sequence<Value>) -> [Int] {
        var seen: Set<Value> = []
        return values.enumerated().compactMap { seen.insert($1).inserted ? nil : $0 }
    }

    private func describe(_ note: IssueNote) -> DatasetIssue {
        issue(note.kind, row: Int(note.row))
    }

    /// An issue in words.
    ///
    /// - Parameter row: The row in the table that the kind is about.
    package func issue(
        _ kind: DatasetIssue.Kind, of subject: DatasetIssue.Kind.Subject? = nil, row: Int, detail: String? = nil
    ) -> DatasetIssue {
        switch subject ?? kind.subject {
        case .annotation:
            let image = Int(annotations.images[row])
            return DatasetIssue(
                kind: kind, file: file(ofImage: image), record: recordName(ofAnnotation: row), image: image,
                annotation: row, imageFileName: images.fileNames[image], box: annotations.boxes[row], detail: detail)
        case .image:
            let place = refused.place(ofRow: row, in: "images")
            return DatasetIssue(
                kind: kind, file: file(ofImage: row), record: "images[\(place)] (id \(images.ids[row]))", image: row,
                imageFileName: images.fileNames[row], detail: detail)
        case .category:
            let category = categories[row]
            let place = refused.place(ofRow: row, in: "categories")
            return DatasetIssue(
                kind: kind, file: provenance.path,
                record: "categories[\(place)] (id \(category.id), \(category.name))", detail: detail)
        case .file:
            let record = kind == .everyAnnotationIsCrowd ? "annotations" : "file"
            return DatasetIssue(kind: kind, file: provenance.path, record: record, detail: detail)
        }
    }

    /// The kinds and rows of ``doubtfulRecords``, without their words.
    package var issueRows: [(kind: DatasetIssue.Kind, row: Int)] { notes.map { ($0.kind, Int($0.row)) } }

    /// The file that describes an image and its annotations.
    package func file(ofImage image: Int) -> String {
        images.descriptionFile(of: image) ?? provenance.path
    }

    /// How messages call an annotation: by its place in the file and its identifier there.
    package func recordName(ofAnnotation row: Int) -> String {
        let image = Int(annotations.images[row])
        if images.descriptionFile(of: image) != nil {
            let place = annotations(ofImage: image).firstIndex(of: row) ?? 0
            return "object[\(place - annotations(ofImage: image).startIndex)]"
        }
        let name = "annotations[\(refused.place(ofRow: row, in: "annotations"))]"
        return annotations.flags[row].contains(.hasID) ? "\(name) (id \(annotations.ids[row]))" : name
    }
}
