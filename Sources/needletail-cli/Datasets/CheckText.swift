import Needletail

/// A check's report for people and for programs.
struct CheckText {
    let report: CheckReport
    let showsAll: Bool
    private static let exampleCount = 3

    var text: String {
        var lines: [String] = []
        for kind in report.kinds {
            let count = report.counts[kind] ?? 0
            lines.append(
                "\(kind.severity.rawValue) \(kind.rawValue) (\(count)): \(kind.problem); \(Wording.commandLine(kind))")
            let issues = report.issues(of: kind)
            let shown = showsAll ? issues.count : min(issues.count, Self.exampleCount)
            for issue in issues.prefix(shown) { lines.append("  " + Self.line(issue)) }
            if issues.count > shown { lines.append("  ... and \(issues.count - shown) more; --all shows them") }
        }
        if report.count > 0 { lines.append("") }
        return (lines + [summary]).joined(separator: "\n")
    }

    /// One line, whatever names the dataset has.
    static func line(_ issue: DatasetIssue) -> String {
        var text = "\(issue.file): \(issue.record)"
        if let name = issue.imageFileName { text += " \(issue.annotation == nil ? "" : "of ")\(name)" }
        if let detail = issue.detail { text += ": \(detail)" }
        if let box = issue.box, issue.kind != .missingBox {
            text += ": box (\(box.x), \(box.y), \(box.width), \(box.height))"
        }
        if let remedy = issue.remedy { text += ". \(remedy.text(Wording.commandLine.callAsFunction))" }
        return text.showingControls()
    }

    private var summary: String {
        let images = report.subjects.reduce(0) { $0 + $1.dataset.images.count }
        let boxes = report.subjects.reduce(0) { $0 + $1.dataset.annotations.count }
        let read = report.readsPictures ? "\(report.pictureCount) image files read" : "image files not read"
        let checked = "\(images) images, \(boxes) boxes, \(read)"
        let counts = DatasetIssue.Severity.allCases.map { severity in
            let count = report.count(of: severity)
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return report.count == 0 ? "no findings: \(checked)" : "\(counts.joined(separator: ", ")): \(checked)"
    }

    // MARK: JSON

    struct Document: Encodable {
        struct Finding: Encodable {
            var rule: String
            var severity: String
            var file: String
            var record: String
            var image: String?
            var box: [Double]?
            var problem: String
            var detail: String?
            var remedy: String?
        }

        var sources: [String]
        var images: Int
        var boxes: Int
        var imageFilesRead: Int
        var errors: Int
        var warnings: Int
        var notes: Int
        var counts: [String: Int]
        var findings: [Finding]
        var changes: [DatasetChange]
        /// Of a correction, how many findings of each rule were mended, taken out with their record, and left.
        var mended: [String: Int]?
        var takenOut: [String: Int]?
        var left: [String: Int]?
    }

    /// The document without its findings.
    func document(_ outcome: RepairOutcome?) -> Document {
        Document(
            sources: report.subjects.map(\.name),
            images: report.subjects.reduce(0) { $0 + $1.dataset.images.count },
            boxes: report.subjects.reduce(0) { $0 + $1.dataset.annotations.count },
            imageFilesRead: report.pictureCount, errors: report.count(of: .error),
            warnings: report.count(of: .warning), notes: report.count(of: .note),
            counts: Dictionary(uniqueKeysWithValues: report.counts.map { ($0.key.rawValue, $0.value) }),
            findings: [], changes: outcome?.changes ?? [], mended: outcome?.mended, takenOut: outcome?.takenOut,
            left: outcome?.left)
    }

    var findings: some Sequence<Document.Finding> {
        report.issues.lazy.map { issue in
            Document.Finding(
                rule: issue.kind.rawValue, severity: issue.kind.severity.rawValue, file: issue.file,
                record: issue.record, image: issue.imageFileName,
                box: issue.kind == .missingBox ? nil : issue.box.map { [$0.x, $0.y, $0.width, $0.height] },
                problem: issue.kind.problem, detail: issue.detail,
                remedy: issue.remedy.map { $0.text(Wording.commandLine.callAsFunction) })
        }
    }

    struct Rule: Encodable {
        var rule: String
        var severity: String
        var problem: String
        var resolution: String
        var readsImages: Bool
    }

    static var rules: [Rule] {
        DatasetIssue.Kind.allCases.map {
            Rule(
                rule: $0.rawValue, severity: $0.severity.rawValue, problem: $0.problem,
                resolution: Wording.commandLine($0),
                readsImages: $0.needsPixels)
        }
    }

    /// The rules in columns.
    static var ruleTable: String {
        let width = DatasetIssue.Kind.allCases.map(\.rawValue.count).max() ?? 0
        return DatasetIssue.Kind.allCases.map { kind in
            func padded(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(width - text.count, 0))
            }
            return "\(padded(kind.rawValue, width))  \(padded(kind.severity.rawValue, 7))  \(kind.problem)"
                + (kind.needsPixels ? " *" : "")
        }.joined(separator: "\n") + "\n\n* reads the image files"
    }
}
