import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// How the rows of a pose dataset go on behind class and box: so many keypoints, each of two numbers, x and y, or three,
/// with how visible it is.
struct YOLOPose: Hashable {
    let count: Int
    let dimensions: Int

    /// How many numbers a row has; one more when it ends with a confidence.
    var rowLength: Int { 5 + count * dimensions }

    /// What `kpt_shape` says, `[17, 3]`; nil when there is none.
    ///
    /// - Throws: ``AnnotationError`` when it says something else.
    init?(_ yaml: YAMLValue?, file: String) throws(AnnotationError) {
        guard let texts = yaml?.texts else { return nil }
        let numbers = texts.compactMap { Int($0) }
        guard numbers.count == 2, (1...10_000).contains(numbers[0]), (2...3).contains(numbers[1]) else {
            throw AnnotationError(
                .schema, file: file, problem: "kpt_shape is not the number of keypoints and of the numbers of each",
                remedy: "Write it as kpt_shape: [17, 3], or remove it where rows are boxes or polygons")
        }
        (count, dimensions) = (numbers[0], numbers[1])
    }

    fileprivate init(count: Int, dimensions: Int) {
        (self.count, self.dimensions) = (count, dimensions)
    }

    /// The keypoints of a row.
    func keypoints(_ values: [Double], width: Double, height: Double) -> Keypoints {
        var keypoints = Keypoints()
        for place in stride(from: 5, to: rowLength, by: dimensions) {
            let (x, y) = (values[place], values[place + 1])
            let isMarked = x != 0 || y != 0
            keypoints.append(
                x: (x * width).derived, y: (y * height).derived,
                visibility: dimensions == 3 ? values[place + 2] : isMarked ? 2 : 0)
        }
        return keypoints
    }
}

/// What the first rows of a dataset look like, where no `kpt_shape` tells what long ones are.
enum YOLORowKind {
    case boxesOrPolygons
    case pose(YOLOPose)
    /// Polygons or poses of two numbers a point; so many numbers a row.
    case polygonsOrPoses(Int)
    /// Boxes with a confidence or none, and behind it the number of a track.
    case tracks

    private static let fileLimit = 16
    /// Fewer rows are alike by chance.
    private static let rowLimit = 3

    /// - Parameter files: The label files.
    init(files: some Sequence<String>) {
        var rows: [[Double]] = []
        var count = 0
        for file in files {
            guard let source = try? ByteSource.smallAnnotations(file) else { continue }
            for line in TextLines(source) where !line.fields.isEmpty {
                let values = line.fields.compactMap { TextNumber.double($0) }
                guard values.count == line.fields.count, values.count >= 6,
                    values.count == rows.first?.count ?? values.count
                else {
                    self = .boxesOrPolygons
                    return
                }
                rows.append(values)
            }
            count += 1
            if count == Self.fileLimit { break }
        }
        self = Self.kind(of: rows)
    }

    private static func kind(of rows: [[Double]]) -> YOLORowKind {
        guard let length = rows.first?.count else { return .boxesOrPolygons }
        // Tracks are counted from 1; a coordinate or a confidence that is a whole number is never above it.
        let ends = rows.compactMap(\.last)
        if length <= 7, ends.allSatisfy({ $0 >= 1 && $0 == $0.rounded() }), ends.contains(where: { $0 > 1 }) {
            return .tracks
        }
        guard length >= 7 else { return .boxesOrPolygons }
        // Flags of visibility are whole numbers, which coordinates hardly ever are.
        if (length - 5).isMultiple(of: 3), rows.allSatisfy({ fits($0, dimensions: 3, flags: [0, 1, 2]) }) {
            return .pose(YOLOPose(count: (length - 5) / 3, dimensions: 3))
        }
        // The four corners of a turned box are more frequent than a pose of two points. Detectors write confidences:
        // of points in the place of flags, and of the whole behind.
        guard length != 9, length != 10, rows.count >= rowLimit else { return .boxesOrPolygons }
        let mayBePoses = [(2, 5), (2, 6), (3, 5), (3, 6)].contains { dimensions, start in
            (length - start).isMultiple(of: dimensions) && length > start
                && rows.allSatisfy { fits($0, dimensions: dimensions) }
        }
        return mayBePoses ? .polygonsOrPoses(length) : .boxesOrPolygons
    }

    /// Whether a row is a box inside the image with points inside of it.
    ///
    /// - Parameter flags: What a third number of a point may be; anything from 0 to 1 unless given.
    private static func fits(_ row: [Double], dimensions: Int, flags: Set<Double>? = nil) -> Bool {
        let slack = 0.01
        let (dx, dy) = (row[3] / 2 + slack, row[4] / 2 + slack)
        guard row[3] > 0, row[4] > 0, row[1] - dx >= -2 * slack, row[1] + dx <= 1 + 2 * slack,
            row[2] - dy >= -2 * slack, row[2] + dy <= 1 + 2 * slack
        else { return false }
        return stride(from: 5, to: row.count - dimensions + 1, by: dimensions).allSatisfy { place in
            if dimensions == 3, !(flags?.contains(row[place + 2]) ?? (0...1).contains(row[place + 2])) { return false }
            let isMarked = dimensions == 2 || row[place + 2] > (flags == nil ? 0.5 : 0)
            return !isMarked || (abs(row[place] - row[1]) <= dx && abs(row[place + 1] - row[2]) <= dy)
        }
    }
}
