import NeedletailGeometry
import NeedletailSystem
import Synchronization

/// Where the images of a dataset are that do not lie under their names in its image folder.
///
/// Nothing is looked for before the first such image is asked for. Two images never share a file because of what was
/// left off their names.
final class ImageLocations: Sendable {
    enum Location: Hashable, Sendable {
        case found(String)
        case ambiguous([String])
        /// The one file that fits is another image's, too.
        case taken(path: String, by: String)
        case missing
    }

    let finder: ImageFinder
    private let folder: String?
    private let names: StringColumn
    private let locations = Mutex<[String: Location]?>(nil)

    /// - Parameters:
    ///   - folder: The image folder.
    ///   - names: Of all images.
    init(_ finder: ImageFinder, folder: String?, names: StringColumn) {
        self.finder = finder
        self.folder = folder
        self.names = names
    }

    /// The place that a name says.
    static func path(of name: String, in folder: String?) -> String {
        guard let folder, !folder.isEmpty, !name.hasPrefix("/") else { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// Where an image is that is not at the place that its name says.
    func location(of name: String) -> Location {
        locations.withLock { locations in
            if let location = locations?[name] { return location }
            let all = locations == nil ? find() : [:]
            locations = locations ?? all
            if let location = locations?[name] { return location }
            // Of an image that was added or renamed.
            let location = Self.location(find(name))
            locations?[name] = location
            return location
        }
    }

    private func find(_ name: String) -> ImageFinder.Finding {
        for reading in ImageName(name).readings {
            let path = Self.path(of: reading.path, in: folder)
            if Folder.exists(path) { return .found(path: path, isCertain: true) }
        }
        return finder.find(name)
    }

    private static func location(_ finding: ImageFinder.Finding) -> Location {
        switch finding {
        case .found(let path, _): .found(path)
        case .ambiguous(let paths): .ambiguous(paths)
        case .missing: .missing
        }
    }

    private func find() -> [String: Location] {
        // The index is made before many threads ask for it.
        _ = finder.places
        let findings = concurrentFlatMap(runs: names.count) { rows in
            rows.map { row -> (name: String, finding: ImageFinder.Finding, isThere: Bool) in
                let name = names[row]
                let path = Self.path(of: name, in: folder)
                if Folder.exists(path) { return (name, .found(path: path, isCertain: true), true) }
                return (name, find(name), false)
            }
        }
        var owners: [String: String] = [:]
        var locations: [String: Location] = [:]
        for (name, finding, isThere) in findings {
            if !isThere { locations[name] = Self.location(finding) }
            if case .found(let path, true) = finding { owners[FilePath.absolute(path)] = name }
        }
        // Names of which something was left off get a file that no other name has.
        var claims: [String: [String]] = [:]
        for (name, finding, _) in findings {
            guard case .found(let path, false) = finding else { continue }
            let file = FilePath.absolute(path)
            if claims[file]?.contains(name) != true { claims[file, default: []].append(name) }
        }
        for (name, finding, _) in findings {
            guard case .found(let path, false) = finding else { continue }
            let file = FilePath.absolute(path)
            if let other = owners[file] ?? claims[file]?.first(where: { $0 != name }) {
                locations[name] = .taken(path: path, by: other)
            }
        }
        return locations
    }
}

extension Dataset {
    /// The path of an image's file: where it lies, or where its name says that it should.
    ///
    /// That is its name in the image folder, or the name itself when that is absolute. A dataset that was read from a file
    /// looks further where nothing lies there, see ``read(_:options:)``.
    public func imagePath(ofImage image: Int) -> String {
        let name = images.fileNames[image]
        let path = ImageLocations.path(of: name, in: imageFolder)
        guard let imageLocations, !Folder.exists(path) else { return path }
        if case .found(let place) = imageLocations.location(of: name) { return place }
        return path
    }

    /// Why an image's file is not found, and where it was looked for; nil when it is there.
    package func absence(ofImage image: Int) -> String? {
        let name = images.fileNames[image]
        guard !Folder.exists(ImageLocations.path(of: name, in: imageFolder)) else { return nil }
        guard let imageLocations else { return "no such file in \(imageFolder ?? ".")" }
        switch imageLocations.location(of: name) {
        case .found: return nil
        case .ambiguous(let paths):
            return "several files could be meant: \(paths.prefix(4).joined(separator: ", "))"
                + (paths.count > 4 ? " ..." : "")
        case .taken(let path, let other): return "\(path) would be the file of \(other), too"
        case .missing:
            return imageLocations.finder.failure.map { "\($0)" } ?? "looked for in \(imageLocations.finder.places.text)"
        }
    }

    /// Whether no file is to be found that an image could be, rather than several.
    package func isNowhere(ofImage image: Int) -> Bool {
        let name = images.fileNames[image]
        guard !Folder.exists(ImageLocations.path(of: name, in: imageFolder)) else { return false }
        return imageLocations.map { $0.location(of: name) == .missing } ?? true
    }

    /// Where images were looked for that are not there.
    package var imagePlaces: String { imageLocations?.finder.places.text ?? imageFolder ?? "." }

    /// Whether some image does not lie under its name in the image folder.
    package var hasImagesElsewhere: Bool {
        images.indices.contains {
            imagePath(ofImage: $0) != ImageLocations.path(of: images.fileNames[$0], in: imageFolder)
        }
    }

    /// Makes the place that has most of the images the image folder, and finds the others from then on.
    package mutating func locateImages(with finder: ImageFinder) {
        let standard = imageFolder ?? "."
        imageFolder = finder.folder(of: images.fileNames, otherwise: standard)
        imageLocations = ImageLocations(finder, folder: imageFolder, names: images.fileNames)
    }
}
