import NeedletailDatasets

/// Everything that a check found: the gravest kinds first, and each kind in the order of the records.
///
/// Findings are kept in a few bytes each and put into words when they are asked for, so that a million of them do
/// no harm.
public struct CheckReport: Sendable {
    public let subjects: [CheckSubject]
    /// How many findings there are of each kind.
    public let counts: [DatasetIssue.Kind: Int]
    /// What was learnt of the image files; empty when they were not read.
    let pictures: CheckedPictures
    let parts: SplitParts
    let notes: [CheckNote]

    init(subjects: [CheckSubject], parts: SplitParts, pictures: CheckedPictures, notes: [CheckNote]) {
        self.subjects = subjects
        self.parts = parts
        self.pictures = pictures
        let notes = Dictionary(grouping: notes, by: \.kind)
        counts = notes.mapValues { $0.reduce(0) { $0 + Int($1.count) } }
        self.notes = notes.sorted { $0.key.rank < $1.key.rank }.flatMap { $1.sorted { $0.place < $1.place } }
    }

    /// How many findings there are in all.
    public var count: Int { counts.values.reduce(0, +) }

    /// The kinds found, the gravest first.
    public var kinds: [DatasetIssue.Kind] {
        DatasetIssue.Kind.allCases.filter { counts[$0] != nil }.enumerated()
            .sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }.map(\.element)
    }

    public func count(of severity: DatasetIssue.Severity) -> Int {
        counts.reduce(0) { $1.key.severity == severity ? $0 + $1.value : $0 }
    }

    /// Whether image files were looked for at all.
    public var readsPictures: Bool { !pictures.places.isEmpty }

    /// How many image files were read, whether or not they could be decoded.
    public var pictureCount: Int { pictures.facts.count { $0.isRead } }

    /// How many images of a subject cannot be used because of their files.
    package func unusableImageCount(inSubject index: Int) -> Int {
        notes.reduce(0) { sum, note in
            guard Int(note.subject) == index,
                [.missingFile, .corruptFile, .truncatedFile, .sizeDisagreement].contains(note.kind)
            else { return sum }
            return isWholeFolderMissing(note) ? subjects[index].dataset.images.count : sum + 1
        }
    }

    /// The findings of a kind, in words; what all images of a dataset have in common is one of them.
    public func issues(of kind: DatasetIssue.Kind) -> some Collection<DatasetIssue> {
        let start = notes.partitioningIndex { $0.kind.rank >= kind.rank }
        return notes[start..<notes.partitioningIndex { $0.kind.rank > kind.rank }].lazy.map(describe)
    }

    /// All findings, in words.
    public var issues: some Collection<DatasetIssue> { notes.lazy.map(describe) }

    private func describe(_ note: CheckNote) -> DatasetIssue {
        let subject = subjects[Int(note.subject)]
        if note.isRemark { return subject.dataset.issue(subject.dataset.remarks[Int(note.row)]) }
        if note.kind == .unreadableRecord || note.kind == .unknownReference {
            let error = note.row < 0 ? subject.failure : subject.dataset.refusals[Int(note.row)]
            var file = error?.file ?? subject.name
            if let line = error?.line { file += ":\(line)" }
            return DatasetIssue(
                kind: note.kind, file: file, record: error?.record ?? "file", detail: error?.problem,
                remedy: error?.remedy)
        }
        return subject.dataset.issue(note.kind, row: Int(note.row), detail: note.detail ?? twin(of: note))
    }

    /// Whether a note stands for all images of its dataset.
    func isWholeFolderMissing(_ note: CheckNote) -> Bool {
        note.kind == .missingFile && note.standsForAll
    }

    /// The other record of two.
    private func twin(of note: CheckNote) -> String? {
        guard note.other >= 0 else { return nil }
        let subject = subjects[Int(note.otherSubject)]
        if note.kind.subject == .annotation { return subject.dataset.recordName(ofAnnotation: Int(note.other)) }
        let name = subject.dataset.images[Int(note.other)].fileName
        let other = parts.part(ofImage: Int(note.other), in: Int(note.otherSubject))
        let own = parts.part(ofImage: Int(note.row), in: Int(note.subject))
        return own == other ? name : "\(name) of \(parts.names[other])"
    }
}

/// A finding as the report keeps it.
struct CheckNote: Sendable {
    var kind: DatasetIssue.Kind
    var subject: Int32
    /// The row in the table that the kind is about; of a refusal its place in ``Dataset/refusals``.
    var row: Int32
    /// How many records it is about: all images of the dataset where ``standsForAll``, otherwise one.
    var count: Int32 = 1
    var standsForAll = false
    /// Whether it is one of ``Dataset/remarks``, and `row` its place there.
    var isRemark = false
    /// The row of the record that this one repeats, or -1.
    var other: Int32 = -1
    var otherSubject: Int32 = 0
    var detail: String?

    init(_ kind: DatasetIssue.Kind, _ subject: Int, _ row: Int, detail: String? = nil) {
        self.kind = kind
        self.subject = Int32(subject)
        self.row = Int32(row)
        self.detail = detail
    }

    init(_ kind: DatasetIssue.Kind, _ subject: Int, _ row: Int, other: Int, of otherSubject: Int) {
        self.init(kind, subject, row)
        self.other = Int32(other)
        self.otherSubject = Int32(otherSubject)
    }

    init(remark place: Int, _ remark: ReadingRemark, _ subject: Int) {
        self.init(remark.kind, subject, place)
        isRemark = true
        count = remark.count
    }

    /// The place among those of the same kind.
    var place: (Int32, Int32) { (subject, row) }
}

extension DatasetIssue.Kind {
    /// The place in reports: by severity, then in the order of the list.
    var rank: Int { Self.ranks[self] ?? 0 }

    private static let ranks = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().sorted {
            ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset)
        }.enumerated().map { ($1.element, $0) })
}

extension Array {
    /// The first index from which on the condition holds; it must hold for all elements after one for which it does.
    fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
