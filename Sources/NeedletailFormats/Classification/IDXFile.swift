import NeedletailArchives
import NeedletailDatasets
import NeedletailImages
import NeedletailSystem

/// A file of numbers as MNIST's authors have defined it: two zero bytes, the type of the numbers, the number of dimensions,
/// their sizes as 32-bit numbers with the greatest byte first, and the numbers. Packed with gzip or not.
struct IDXFile {
    let path: String
    let dimensions: [Int]
    /// One byte each.
    let values: ArraySlice<UInt8>

    /// Whether a file begins as one, packed or not, by its first bytes.
    static func isIDX(_ path: String) -> Bool {
        guard let source = try? ByteSource(contentsOf: path) else { return false }
        if Gzip.isGzip(source.bytes) { return FilePath.fileName(of: path).lowercased().contains("idx") }
        return source.bytes.count >= 8 && source.bytes[0] == 0 && source.bytes[1] == 0 && source.bytes[2] == 8
            && (1...4).contains(source.bytes[3])
    }

    /// - Throws: `AnnotationError` when the file is none, of other numbers than bytes, or not as long as it says.
    init(contentsOf path: String) throws {
        self.path = path
        let bytes = try Gzip.content(of: path)
        func error(_ problem: String, _ remedy: String) -> AnnotationError {
            AnnotationError(.syntax, file: path, problem: problem, remedy: .init(stringLiteral: remedy))
        }
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, (1...4).contains(bytes[3]) else {
            throw error(
                "this is no IDX file, which begins with two zero bytes", "Give MNIST's files as they were published.")
        }
        guard bytes[2] == 8 else {
            throw error(
                "the file's numbers are of type 0x\(String(bytes[2], radix: 16)), not bytes (0x8)",
                "Write pictures and labels as bytes.")
        }
        let count = Int(bytes[3]), start = 4 + 4 * count
        guard bytes.count >= start else {
            throw error("the file ends within its header", "Fetch or copy it again.")
        }
        dimensions = (0..<count).map { dimension in
            bytes[4 + 4 * dimension..<8 + 4 * dimension].reduce(0) { $0 << 8 | Int($1) }
        }
        var expected = 1
        for dimension in dimensions {
            let (product, overflows) = expected.multipliedReportingOverflow(by: dimension)
            expected = overflows || product > 1 << 40 ? .max : product
            guard expected < .max else { break }
        }
        let sizes = dimensions.map(String.init).joined(separator: "x")
        guard bytes.count - start == expected else {
            let isShort = bytes.count - start < expected
            let one = dimensions.dropFirst().reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
            let whole = isShort && one > 0 ? ", \((bytes.count - start) / one) of its \(dimensions[0]) records" : ""
            throw error(
                "the file says that it holds \(sizes) numbers, and \(bytes.count - start) are there\(whole)",
                isShort ? "It was cut short: fetch or copy it again." : "Is it one file, and as it was published?")
        }
        values = bytes[start...]
    }
}

extension ClassificationDataset {
    /// MNIST and what is stored like it: a file of pictures, `[count, height, width]` or `[count, height, width, 3]`, with
    /// the file of their classes beside it, or a folder of such pairs, whose names say what they are for.
    ///
    /// - Throws: `AnnotationError`, `FileError`.
    static func readIDX(_ path: String) throws -> ClassificationDataset {
        guard Folder.isFolder(path) else {
            return try joined([(path, labels(of: path), nil)], path: path)
        }
        let pictures = try idxPictures(in: path)
        let isSplit = pictures.count > 1
        return try joined(
            pictures.map { name in
                let file = FilePath.join(path, name)
                // MNIST calls its test images after the ten thousand that they are.
                let split =
                    name.hasPrefix("t10k") ? "test" : SplitName.written(in: name).flatMap { SplitName.usual($0) }
                return (file, try labels(of: file), isSplit ? split : nil)
            }, path: path)
    }

    /// The files of pictures in a folder.
    static func idxPictures(in folder: String) throws(FileError) -> [String] {
        try Folder.names(in: folder, ending: "").filter { name in
            let plain = name.lowercased()
            return plain.contains("images") && plain.contains("idx") && !Folder.isFolder(FilePath.join(folder, name))
        }
    }

    private static func labels(of pictures: String) throws -> String {
        let (folder, name) = FilePath.split(pictures)
        let stem = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
            .replacing("idx4", with: "idx1")
        let plain = stem.hasSuffix(".gz") ? String(stem.dropLast(3)) : stem
        guard
            let found = [plain, plain + ".gz"].map({ folder + $0 }).first(where: { $0 != pictures && Folder.exists($0) }
            )
        else {
            throw AnnotationError(
                .notFound, file: pictures,
                problem: "the classes of these pictures are missing: there is no \(folder)\(plain), "
                    + "packed or not",
                remedy: "Put the file of labels beside the file of images, under the names that MNIST's have.")
        }
        return found
    }

    private static func joined(
        _ pairs: [(pictures: String, labels: String, split: String?)], path: String
    ) throws -> ClassificationDataset {
        var items: [Item] = []
        var most = 0
        for pair in pairs {
            let pictures = try IDXFile(contentsOf: pair.pictures), labels = try IDXFile(contentsOf: pair.labels)
            let sizes = pictures.dimensions
            guard sizes.count == 3 || (sizes.count == 4 && [1, 3].contains(sizes[3])), sizes[1] > 0, sizes[2] > 0 else {
                throw AnnotationError(
                    .schema, file: pair.pictures,
                    problem:
                        "pictures are \(sizes.map(String.init).joined(separator: "x")), not count x height x width",
                    remedy: "Give a file of grey pictures, or of colour ones with three numbers a pixel.")
            }
            guard labels.dimensions.count == 1, labels.dimensions[0] == sizes[0] else {
                throw AnnotationError(
                    .schema, file: pair.labels,
                    problem: "there are \(labels.dimensions.map(String.init).joined(separator: "x")) labels for the "
                        + "\(sizes[0]) pictures of \(pair.pictures)",
                    remedy: "Give the two files that belong together.")
            }
            let array = PictureArray(
                width: sizes[2], height: sizes[1], format: sizes.count == 4 && sizes[3] == 3 ? .rgb : .gray,
                count: sizes[0], bytes: Array(pictures.values))
            var name = FilePath.fileName(of: pair.pictures)
            for ending in [".gz", "-ubyte", "-idx3", "-idx4", ".idx3", ".idx4"] where name.hasSuffix(ending) {
                name = String(name.dropLast(ending.count))
            }
            for (index, label) in labels.values.enumerated() {
                most = max(most, Int(label))
                items.append(
                    Item(
                        name: "\(name) \(index + 1)", source: .array(array, index), labels: [Int(label)],
                        split: pair.split))
            }
        }
        return ClassificationDataset(path: path, classes: items.isEmpty ? [] : (0...most).map { "\($0)" }, items: items)
    }
}
