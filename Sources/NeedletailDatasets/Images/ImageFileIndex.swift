import NeedletailSystem

/// The image files of some places by their names, to find one that a name means though it is not written so.
struct ImageFileIndex: Sendable {
    private struct File: Sendable {
        /// In the list of places.
        let place: Int
        /// Relative to it.
        let name: String
    }

    private let places: ImagePlaces
    private var files: [File] = []
    /// Rows by file name and by file name without extension, in lower case; texts are equal whether composed or not.
    private var byName: [String: [Int32]] = [:]
    private var byStem: [String: [Int32]] = [:]

    /// - Throws: ``FileError`` where a folder cannot be looked into.
    init(_ places: ImagePlaces) throws(FileError) {
        self.places = places
        let folders = Set(places.list.map(\.folder))
        for (number, place) in places.list.enumerated() {
            let contents = try FolderContents(place.folder, depth: place.isDeep ? .max : 1) {
                folders.contains(FilePath.join(place.folder, $0))
            }
            for name in contents.files where ImageFileName.mayBeMeant(name) {
                let row = Int32(files.count)
                files.append(File(place: number, name: name))
                let file = FilePath.fileName(of: name).lowercased()
                byName[file, default: []].append(row)
                byStem[FilePath.stem(of: file), default: []].append(row)
            }
        }
    }

    /// How well a file fits a name; greater is better.
    private struct Fit: Comparable {
        /// Folders and file that agree, from the end.
        var depth: Int
        /// Of the file's name: 3 as it stands, 2 but for case, 1 but for an extension of the same kind, 0 but for another.
        var likeness: Int
        /// The place, earlier ones first; those whose names say nothing are all the same.
        var order: Int
        /// Whether nothing of the name was left off.
        var isWhole: Bool

        static func < (left: Fit, right: Fit) -> Bool {
            (left.depth, left.likeness, left.order) < (right.depth, right.likeness, right.order)
        }
    }

    func find(_ readings: [ImageName.Reading]) -> ImageFinder.Finding {
        for reading in readings {
            if let rows = byName[reading.file.lowercased()], let found = best(of: rows, for: reading) { return found }
        }
        for reading in readings {
            guard let file = ImageName.withoutUploadPrefix(reading.file) else { continue }
            var shorter = reading
            shorter.parts[shorter.parts.count - 1] = file
            if let rows = byName[file.lowercased()], let found = best(of: rows, for: shorter, isCut: true) {
                return found
            }
        }
        for reading in readings {
            let rows = byStem[ImageFileName.stem(of: reading.file).lowercased()] ?? []
            // Another extension is taken only where images lie; a name without any means a file of any.
            let named = rows.filter {
                !ImageFileName.isImage(reading.file) || !places.list[files[Int($0)].place].isLoose
            }
            if let found = best(of: named, for: reading) { return found }
        }
        return .missing
    }

    /// - Returns: Nil when none fits.
    private func best(of rows: [Int32], for reading: ImageName.Reading, isCut: Bool = false) -> ImageFinder.Finding? {
        let fits = rows.compactMap { row in fit(files[Int(row)], reading).map { (row: Int(row), fit: $0) } }
        guard let best = fits.max(by: { $0.fit < $1.fit })?.fit else { return nil }
        let equal = fits.filter { !($0.fit < best) }.map { path(of: files[$0.row]) }
        if equal.count > 1 { return .ambiguous(equal) }
        return equal.first.map { .found(path: $0, isCertain: best.isWhole && best.likeness > 0 && !isCut) }
    }

    private func path(of file: File) -> String { FilePath.join(places.list[file.place].folder, file.name) }

    private func fit(_ file: File, _ reading: ImageName.Reading) -> Fit? {
        let place = places.list[file.place]
        let own = file.name.split(separator: "/")
        let whole = place.folder.split(separator: "/") + own
        var depth = 1
        while depth < reading.parts.count, depth < whole.count,
            reading.parts[reading.parts.count - 1 - depth].lowercased() == whole[whole.count - 1 - depth].lowercased()
        { depth += 1 }
        // Folders that the name has and the file has not may be left off; but not be taken for others.
        if depth < reading.parts.count, !reading.isForeign, place.isLoose || depth < own.count { return nil }
        let wanted = reading.parts.dropLast().compactMap(SplitName.usual).last ?? places.split
        let actual = own.dropLast().compactMap { SplitName.usual($0) }.last ?? place.split
        if let wanted, let actual, wanted != actual { return nil }
        let (written, found) = (reading.file, String(own[own.count - 1]))
        let likeness =
            written == found
            ? 3
            : written.lowercased() == found.lowercased() ? 2 : Self.haveSameKind(written, found) ? 1 : 0
        return Fit(
            depth: depth, likeness: likeness, order: place.isLoose ? .min : -file.place,
            isWhole: depth == reading.parts.count)
    }

    /// Whether the extensions mean the same format, or the first name has none.
    private static func haveSameKind(_ written: String, _ found: String) -> Bool {
        guard let one = ImageFileName.imageExtension(of: written) else { return true }
        let kinds: [Set<String>] = [["jpg", "jpeg", "jpe"], ["tif", "tiff"], ["heic", "heif"]]
        return kinds.contains { $0.contains(one) && $0.contains(ImageFileName.imageExtension(of: found) ?? "") }
    }
}
