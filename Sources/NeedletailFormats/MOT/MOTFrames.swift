import NeedletailDatasets
import NeedletailSystem

/// Which frames of which sequences the images of a dataset are.
///
/// The images of a folder that are of one size and ending are a sequence. Frames are numbered from 1, in the order of
/// the numbers that the names end in, or else of the dataset.
struct MOTFrames {
    struct Sequence {
        /// The folder, that of a split before it.
        var folder: String
        var ending: String
        /// The images by frame.
        var rows: [Int] = []
    }

    private(set) var sequences: [Sequence] = []
    /// The path of each image.
    private(set) var names: [String]

    private struct Key: Hashable {
        var split: String
        var folder: String
        var ending: String
        var width: Int
        var height: Int
    }

    /// - Throws: ``AnnotationError`` when an image's name leads out of the dataset.
    init(_ dataset: Dataset) throws(AnnotationError) {
        let splits = dataset.splits(otherwise: "")
        let images = try OutputNames(dataset) { splits[$0].isEmpty ? nil : splits[$0] }.images
        names = images
        var places: [Key: Int] = [:]
        var taken: Set<String> = []
        for (row, name) in images.enumerated() {
            let parts = name.split(separator: "/").map(String.init).dropLast()
            let folder = (parts.last == "img1" ? parts.dropLast() : parts).joined(separator: "-")
            let ending = FilePath.splitEnding(name).ending
            let image = dataset.images[row]
            let key = Key(
                split: splits[row], folder: folder, ending: ending.isEmpty ? ".jpg" : ending,
                width: image.hasSize ? image.width : 0, height: image.hasSize ? image.height : 0)
            if places[key] == nil {
                let plain = (key.split.isEmpty ? "" : key.split + "/") + (folder.isEmpty ? "sequence" : folder)
                var (unique, number) = (plain, 2)
                while !taken.insert(unique).inserted { (unique, number) = ("\(plain)-\(number)", number + 1) }
                places[key] = sequences.count
                sequences.append(Sequence(folder: unique, ending: key.ending))
            }
            sequences[places[key] ?? 0].rows.append(row)
        }
        for place in sequences.indices {
            let numbers = sequences[place].rows.map { Self.number(of: images[$0]) }
            if numbers.allSatisfy({ $0 != nil }), Set(numbers).count == numbers.count {
                sequences[place].rows = zip(sequences[place].rows, numbers)
                    .sorted { ($0.1 ?? 0) < ($1.1 ?? 0) }.map(\.0)
            }
            for (frame, row) in sequences[place].rows.enumerated() {
                let file = MOTSequence.fileName(ofFrame: frame + 1, ending: sequences[place].ending)
                names[row] = "\(sequences[place].folder)/img1/\(file)"
            }
        }
    }

    /// The number at the end of a name without its ending.
    private static func number(of name: String) -> Int? {
        Int(
            String(
                FilePath.stem(of: FilePath.fileName(of: name)).reversed().prefix { $0.isASCII && $0.isNumber }
                    .reversed()))
    }
}
