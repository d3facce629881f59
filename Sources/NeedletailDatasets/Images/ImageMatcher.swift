import NeedletailSystem

/// Finds the image that a name in another file means.
///
/// Names are compared as paths, with backslashes taken for slashes: first as a whole, then without folders, then
/// without the extension as well; each only where one image alone fits.
package struct ImageMatcher: Sendable {
    private var byPath: [String: Int32] = [:]
    private var byName: [String: Int32] = [:]
    private var byPathStem: [String: Int32] = [:]
    private var byStem: [String: Int32] = [:]

    package init(_ images: ImageTable) {
        for row in 0..<images.count {
            let path = Self.path(images.fileNames[row])
            let name = FilePath.fileName(of: path)
            // Of images with the same path the first one counts, as everywhere.
            if byPath[path] == nil { byPath[path] = Int32(row) }
            Self.insert(row, under: name, in: &byName)
            Self.insert(row, under: FilePath.stem(of: path), in: &byPathStem)
            Self.insert(row, under: FilePath.stem(of: name), in: &byStem)
        }
    }

    private static func insert(_ row: Int, under name: String, in table: inout [String: Int32]) {
        table[name] = table[name] == nil ? Int32(row) : -1
    }

    private static func path(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "\\")) || name.hasPrefix("./") else { return name }
        let path = String(name.map { $0 == "\\" ? "/" : $0 })
        return path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    }

    /// The row of the image that a name with extension means.
    package func row(ofName name: String) -> Int? {
        let path = Self.path(name)
        if let row = byPath[path] { return Int(row) }
        return unique(byName[FilePath.fileName(of: path)]) ?? row(ofStem: FilePath.stem(of: path))
    }

    /// The row of the image that a name without extension means.
    package func row(ofStem stem: String) -> Int? {
        let path = Self.path(stem)
        return unique(byPathStem[path]) ?? unique(byStem[FilePath.fileName(of: path)])
    }

    private func unique(_ row: Int32?) -> Int? {
        row.flatMap { $0 < 0 ? nil : Int($0) }
    }
}

/// Names and sizes of images that are known from another dataset.
package struct KnownImages: Sendable {
    private let images: ImageTable
    private let matcher: ImageMatcher

    package init(_ images: ImageTable) {
        self.images = images
        matcher = ImageMatcher(images)
    }

    package func image(named name: String) -> ImageRecord? {
        matcher.row(ofName: name).map { images[$0] }
    }

    package func image(ofStem stem: String) -> ImageRecord? {
        matcher.row(ofStem: stem).map { images[$0] }
    }
}
