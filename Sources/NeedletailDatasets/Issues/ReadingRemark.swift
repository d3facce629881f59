import NeedletailGeometry

/// Something that reading met that is no matter of a record alone, or that it took over otherwise than it stands, or not
/// at all.
package struct ReadingRemark: Hashable, Sendable {
    package var kind: DatasetIssue.Kind
    package var subject: DatasetIssue.Kind.Subject
    /// The row in the table of the subject; of a file, -1.
    package var row: Int32
    /// What was met, in the same words wherever it is the same: `choices`, `skeleton`.
    package var detail: String?
    /// How many times, where the others are not told one by one.
    package var count: Int32 = 1
    /// Of a file: which, unless it is the one that was read, and the record in it.
    private var place: Place?

    private struct Place: Hashable {
        var file: String
        var record: String
    }

    /// - Parameters:
    ///   - subject: The table that `row` is of.
    package init(
        _ kind: DatasetIssue.Kind, _ subject: DatasetIssue.Kind.Subject, row: Int = -1, _ detail: String? = nil
    ) {
        self.kind = kind
        self.subject = subject
        self.row = Int32(row)
        self.detail = detail
    }

    /// A remark on a file, and the record in it.
    package init(_ kind: DatasetIssue.Kind, file: String, record: String, detail: String? = nil) {
        self.init(kind, .file, detail)
        place = Place(file: file, record: record)
    }

    /// The remark with its file called otherwise.
    package func calling(files name: (String) -> String) -> ReadingRemark {
        var remark = self
        if let place { remark.place = Place(file: name(place.file), record: place.record) }
        return remark
    }

    /// The remark in a dataset where the records read before are so many.
    package func moved(images: Int, annotations: Int) -> ReadingRemark {
        var remark = self
        switch subject {
        case .image: remark.row += Int32(images)
        case .annotation: remark.row += Int32(annotations)
        case .category, .file: break
        }
        return remark
    }

    /// What is alike in remarks that stand for one another.
    fileprivate struct Likeness: Hashable {
        var kind: DatasetIssue.Kind
        var detail: String?
        var file: String?
    }

    fileprivate var likeness: Likeness { Likeness(kind: kind, detail: detail, file: place?.file) }

    fileprivate func issue(in dataset: Dataset) -> DatasetIssue {
        guard let place else { return dataset.issue(kind, of: subject, row: Int(row), detail: detail) }
        return DatasetIssue(kind: kind, file: place.file, record: place.record, detail: detail)
    }
}

/// Findings of one kind about the same thing.
public struct ReadingFinding: Hashable, Sendable {
    /// The first of them.
    public var first: DatasetIssue
    public var count: Int
}

extension Dataset {
    /// A remark in words.
    package func issue(_ remark: ReadingRemark) -> DatasetIssue { remark.issue(in: self) }

    /// What reading took over otherwise than it stands or not at all; findings alike stand for each other.
    public var readingFindings: [ReadingFinding] {
        groupedRemarks.map { ReadingFinding(first: issue($0), count: Int($0.count)) }
    }

    /// The first of all remarks that are alike, with their number.
    private var groupedRemarks: [ReadingRemark] {
        var places: [ReadingRemark.Likeness: Int] = [:]
        var groups: [ReadingRemark] = []
        for remark in remarks {
            if let place = places[remark.likeness] {
                groups[place].count += remark.count
            } else {
                places[remark.likeness] = groups.count
                groups.append(remark)
            }
        }
        return groups
    }

    /// The remarks as a dataset has them that is made from this one, whose rows are others: the first of each kind in
    /// words, and how many there are.
    package var settledRemarks: [ReadingRemark] {
        groupedRemarks.map { remark in
            let issue = issue(remark)
            let name = issue.imageFileName.map { " of \($0)" } ?? ""
            var settled = ReadingRemark(
                remark.kind, file: issue.file, record: issue.record + name, detail: remark.detail)
            settled.count = remark.count
            return settled
        }
    }

    /// What the file held and the dataset does not, by what it is.
    public var lossesOnReading: [DatasetDifference.Loss] {
        var losses = DatasetDifference()
        for remark in remarks where remark.kind == .contentLeftOut || remark.kind == .severalClasses {
            let what = remark.kind == .contentLeftOut ? remark.detail : "all classes of an object but the first"
            losses.note(what ?? "", count: Int(remark.count), place(of: remark))
        }
        return losses.losses
    }

    private func place(of remark: ReadingRemark) -> String {
        let issue = issue(remark)
        return "\(issue.file): \(issue.record)" + (issue.imageFileName.map { " of \($0)" } ?? "")
    }
}
