import NeedletailDatasets
import NeedletailGeometry

/// What is the matter with boxes, beyond what reading the dataset finds: the same box twice, areas.
struct BoxRules {
    let subject: Int
    let dataset: Dataset
    let options: CheckOptions

    func notes() -> [CheckNote] {
        var notes: [CheckNote] = []
        let table = dataset.annotations
        if options.wants(.doubtfulArea) {
            notes += concurrentFlatMap(runs: table.count) { rows in
                rows.compactMap { row in
                    let box = table.box(of: row)
                    let area = table.area(of: row)
                    // Rounded numbers may make the area of a rectangle a little larger than its box.
                    guard table.hasArea(row), !area.isNaN, area <= 0 || area > box.area * 1.02 + 2 else { return nil }
                    return CheckNote(.doubtfulArea, subject, row, detail: "area \(area), box \(box.area)")
                }
            }
        }
        if options.wants(.shareCoordinates), let detail = shares() {
            notes.append(CheckNote(.shareCoordinates, subject, 0, detail: detail))
        }
        if options.wants(.severalAnnotators) { notes += severalAnnotators() }
        if options.wants(.duplicateBox, .nearlyDuplicateBox) {
            notes += concurrentFlatMap(runs: dataset.images.count) { images in
                var boxes: [(category: Int, box: Box)] = []
                return images.flatMap { image in
                    let rows = dataset.annotations(ofImage: image)
                    return mayRepeat(rows, in: table, &boxes) ? repeated(rows, in: table) : []
                }
            }
        }
        return notes
    }

    /// A word about boxes all of which lie between 0 and 1, as shares do; nil as soon as one does not.
    private func shares() -> String? {
        let table = dataset.annotations
        // Pixels that are counted from 1 are one less.
        let range = -1.0...1.001
        var example: Box?
        for row in 0..<table.count where table.box(of: row).isFinite {
            let box = table.box(of: row)
            guard range.contains(box.x), range.contains(box.y), range.contains(box.x2), range.contains(box.y2) else {
                return nil
            }
            // Some box is smaller than a pixel, or a picture would be of one.
            if table.hasArea(row), box.width < 1 || box.height < 1 { example = example ?? box }
        }
        return example.map {
            "all \(table.count) of them, as x \($0.x), y \($0.y), width \($0.width), height \($0.height)"
        }
    }

    private static let annotators = [
        "annotator", "annotator_id", "rad_id", "worker_id", "labeler", "reader_id", "user_id",
    ]

    /// The images in which objects of one class that different people drew overlap.
    private func severalAnnotators() -> [CheckNote] {
        let table = dataset.annotations
        let sample = stride(from: 0, to: table.count, by: max(table.count / 32, 1))
        guard
            let field = Self.annotators.first(where: { name in
                sample.contains { dataset.field(name, ofAnnotation: $0) != nil }
            })
        else { return [] }
        return concurrentFlatMap(runs: dataset.images.count) { images in
            images.compactMap { image in
                let rows = dataset.annotations(ofImage: image)
                let names = rows.map { dataset.field(field, ofAnnotation: $0) }
                let people = Set(names.compactMap(\.self))
                guard people.count > 1 else { return nil }
                var pairs = 0
                for (place, row) in rows.enumerated() {
                    for (other, otherRow) in rows.enumerated().prefix(place)
                    where names[place] != names[other] && table.category(of: row) == table.category(of: otherRow)
                        && table.box(of: row).overlap(with: table.box(of: otherRow)) > 0.5
                    { pairs += 1 }
                }
                guard pairs > 0 else { return nil }
                return CheckNote(
                    .severalAnnotators, subject, image,
                    detail:
                        "\(pairs) pairs of boxes overlap that different people drew (\(field): \(people.sorted().prefix(4).joined(separator: ", ")))"
                )
            }
        }
    }

    /// Whether some box of an image may repeat another. Of the few boxes that most images have, all pairs are looked
    /// at, which is much quicker than putting them in order.
    ///
    /// - Parameter boxes: Memory to work in.
    private func mayRepeat(
        _ rows: AnnotationRows, in table: AnnotationTable, _ boxes: inout [(category: Int, box: Box)]
    ) -> Bool {
        guard rows.count <= 64 else { return true }
        boxes.removeAll(keepingCapacity: true)
        for row in rows {
            let (category, box) = (table.category(of: row), table.box(of: row))
            for other in boxes where other.category == category {
                if box == other.box || box.overlap(with: other.box) >= options.nearlyDuplicateOverlap { return true }
            }
            boxes.append((category, box))
        }
        return false
    }

    private struct Key: Hashable {
        var category: Int
        var box: Box
    }

    private func repeated(_ rows: AnnotationRows, in table: AnnotationTable) -> [CheckNote] {
        var notes: [CheckNote] = []
        var first: [Key: Int] = [:]
        var kept: [Int] = []
        for row in rows where !table.isCrowd(row) && table.hasArea(row) {
            let key = Key(category: table.category(of: row), box: table.box(of: row))
            if let other = first[key] {
                notes.append(CheckNote(.duplicateBox, subject, row, other: other, of: subject))
            } else {
                first[key] = row
                kept.append(row)
            }
        }
        return options.wants(.nearlyDuplicateBox) ? notes + nearlyRepeated(kept, in: table) : notes
    }

    /// Boxes of one category that overlap nearly completely; each is compared with those that begin close to it, in
    /// the direction in which fewer do.
    private func nearlyRepeated(_ rows: [Int], in table: AnnotationTable) -> [CheckNote] {
        let boxes = rows.map { table.box(of: $0) }
        let isAcross =
            Self.crowding(boxes.lazy.map { ($0.x, $0.width) }) <= Self.crowding(boxes.lazy.map { ($0.y, $0.height) })
        func start(_ row: Int) -> Double { isAcross ? table.box(of: row).x : table.box(of: row).y }
        let order = rows.sorted {
            (table.category(of: $0), start($0), $0) < (table.category(of: $1), start($1), $1)
        }
        // By the later of two.
        var originals: [Int: Int] = [:]
        for (place, row) in order.enumerated() {
            let box = table.box(of: row)
            // Boxes with an overlap of t begin within (1 - t) / t of the side of either.
            let reach = (isAcross ? box.width : box.height) * (1 / options.nearlyDuplicateOverlap - 1)
            for other in order[(place + 1)...] {
                guard table.category(of: other) == table.category(of: row), start(other) - start(row) <= reach
                else { break }
                guard box.overlap(with: table.box(of: other)) >= options.nearlyDuplicateOverlap else { continue }
                originals[max(row, other)] = min(row, other)
                break
            }
        }
        return originals.map { CheckNote(.nearlyDuplicateBox, subject, $0, other: $1, of: subject) }
    }

    /// How many boxes begin within one side of another, were they spread evenly: up to a factor.
    private static func crowding(_ spans: some Collection<(start: Double, length: Double)>) -> Double {
        var (low, high, length) = (Double.infinity, -Double.infinity, 0.0)
        for span in spans {
            low = min(low, span.start)
            high = max(high, span.start)
            length += span.length
        }
        return high > low ? length / (high - low) : .infinity
    }
}

extension Box {
    /// Intersection over union; 0 when one of the boxes has no area.
    func overlap(with other: Box) -> Double {
        let width = min(x2, other.x2) - max(x, other.x)
        let height = min(y2, other.y2) - max(y, other.y)
        guard width > 0, height > 0 else { return 0 }
        let intersection = width * height
        return intersection / (area + other.area - intersection)
    }
}
