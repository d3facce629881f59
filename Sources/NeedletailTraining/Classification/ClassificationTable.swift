import NeedletailEvaluation
import NeedletailSystem
import NeedletailText

/// What a classifier says of pictures, as a table: the file, what it shows, the most probable class with its probability, and
/// the probability of every class.
public struct ClassificationTable {
    public let classes: [String]
    /// Whether what pictures show is known, and has a column.
    public let hasTruth: Bool

    public init(classes: [String], hasTruth: Bool = true) {
        self.classes = classes
        self.hasTruth = hasTruth
    }

    public func text(_ pictures: [ClassifiedPicture]) -> String {
        var buffer = ByteBuffer(growingFrom: 1 << 16)
        func append(_ fields: [String]) {
            for (index, field) in fields.enumerated() {
                if index > 0 { buffer.append(",") }
                buffer.appendField(field)
            }
            buffer.append("\n")
        }
        append(["file"] + (hasTruth ? ["class"] : []) + ["predicted", "probability"] + classes)
        for picture in pictures {
            let truth = picture.labels.map { classes[$0] }.joined(separator: "|")
            append(
                [picture.name] + (hasTruth ? [truth] : [])
                    + [classes[picture.predicted], Self.number(picture.confidence)]
                    + picture.probabilities.map(Self.number))
        }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    private static func number(_ value: Float) -> String { EpochRecord.rounded(Double(value), digits: 4) }
}
