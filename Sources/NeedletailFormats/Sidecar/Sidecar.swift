import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// The file that keeps what a format could not hold: the whole dataset as it was, as COCO JSON.
///
/// It stands in the folder of a dataset, or beside a file under its name. When the dataset is read again, records
/// that are as they were written are taken from the sidecar; what other tools changed in between counts.
struct Sidecar {
    let dataset: Dataset
    /// What it was written beside.
    let format: DatasetFormat

    private static let member = "needletail_sidecar"
    static let ending = ".needletail"

    /// Where the sidecar of a dataset is or would be.
    static func path(of dataset: String, isFolder: Bool) -> String {
        isFolder ? "\(dataset)/sidecar\(ending)" : dataset + ending
    }

    /// Whether a file begins as a sidecar does.
    static func isOne(_ path: String) -> Bool {
        guard let source = try? ByteSource(contentsOf: path) else { return false }
        return String(decoding: source.text.prefix(64), as: UTF8.self).contains(member)
    }

    /// The sidecar of what lies at a path, when there is one for the format.
    ///
    /// - Throws: ``AnnotationError`` when it cannot be used.
    init?(besides path: String, format: DatasetFormat) throws {
        let folder = Folder.isFolder(path) ? path : FilePath.parent(of: path)
        let sidecar = Self.path(of: format.isFolder ? folder : path, isFolder: format.isFolder)
        guard Folder.exists(sidecar) else { return nil }
        do {
            var dataset = try COCOReader.read(sidecar)
            guard let written = try dataset.takeMember(Self.member).flatMap(DatasetFormat.init),
                written.family == format.family
            else { return nil }
            self.dataset = dataset
            self.format = written
        } catch let error as AnnotationError {
            var error = error
            error.remedy = """
                Remove this sidecar, or read without it with \(setting: .sidecarUse); the dataset beside it is whole
                """
            throw error
        }
    }

    /// Writes the sidecar of a dataset that was written in a format.
    static func write(_ dataset: Dataset, format: DatasetFormat, to path: String) throws {
        var dataset = dataset
        dataset.addMember(member, value: format.rawValue)
        var writer = COCOWriter(dataset)
        try writer.write(to: path)
    }
}

extension Dataset {
    /// Adds a text beside images, annotations and categories, before them.
    fileprivate mutating func addMember(_ name: String, value: String) {
        var buffer = ByteBuffer(growingFrom: 64)
        buffer.append(text: name)
        let key = 0..<buffer.count
        buffer.appendString(value)
        layout.insert(.other(source: sources.count, key: key, value: key.upperBound..<buffer.count), at: 0)
        sources.append(ByteSource(synthetic: buffer, path: provenance.path))
    }

    /// Removes such a text and returns it.
    fileprivate mutating func takeMember(_ name: String) throws -> String? {
        for (place, member) in layout.enumerated() {
            guard case .other(let source, let key, let value) = member,
                sources[source].text[key].elementsEqual(name.utf8)
            else { continue }
            layout.remove(at: place)
            var json = JSONReader(sources[source].bytes, at: value.lowerBound)
            return try json.readString()
        }
        return nil
    }
}
