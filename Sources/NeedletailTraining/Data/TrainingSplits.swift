import NeedletailDatasets

/// The parts of a dataset that says of its images what they are for: what is trained on, and what is measured on.
///
/// Lists of YOLO and Pascal VOC, folders of Roboflow and columns of tables all become the field `split` of images.
public struct TrainingSplits: Sendable {
    /// The name of each split, as the dataset has it, with the rows of its images; empty where images name fewer than two.
    public let splits: [(name: String, rows: [Int])]
    private let dataset: Dataset

    public init(_ dataset: Dataset) {
        self.dataset = dataset
        var rows: [String: [Int]] = [:]
        var order: [String] = []
        for row in 0..<dataset.images.count {
            let name = dataset.field("split", ofImage: row) ?? ""
            if rows[name] == nil { order.append(name) }
            rows[name, default: []].append(row)
        }
        let named = order.filter { !$0.isEmpty }
        // Images of no list beside those of one: that list is a part.
        splits = order.count > 1 && !named.isEmpty ? order.map { ($0, rows[$0] ?? []) } : []
    }

    /// What a split is for, whatever its name.
    public enum Purpose: String, Sendable {
        case training = "train"
        case validation = "val"
        case test

        public init?(_ name: String) {
            guard let usual = SplitName.usual(name) else { return nil }
            self.init(rawValue: usual)
        }
    }

    /// The names of the splits for a purpose.
    public func names(for purpose: Purpose) -> [String] {
        splits.map(\.name).filter { Purpose($0) == purpose }
    }

    /// The names that a person means by one: that, or another for the same purpose.
    public func names(meantBy name: String) -> [String] {
        let own = splits.map(\.name).filter { $0 == name }
        return own.isEmpty ? Purpose(name).map { names(for: $0) } ?? [] : own
    }

    /// The images of some splits.
    public func dataset(of names: [String]) -> Dataset {
        dataset.selecting(images: splits.filter { names.contains($0.name) }.flatMap(\.rows).sorted())
    }

    /// How many images a split has.
    public func count(_ name: String) -> Int { splits.first { $0.name == name }?.rows.count ?? 0 }
}
