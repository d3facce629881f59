import NeedletailSystem
import Synchronization

/// Finds the image file that a name in an annotation file means.
///
/// Names are tried as they stand, from each of the places where images usually lie. Then a file is looked for that agrees
/// with as much of the end of the name as any: with other slashes, without `%20`, drives, addresses and folders of another
/// machine, with other case, composed or decomposed letters, another extension, without what a service put before it. A
/// file is taken only where no other fits as well, and none that stands in another split.
package final class ImageFinder: Sendable {
    package enum Finding: Hashable, Sendable {
        /// - Parameter isCertain: Whether the name was told from the folder as it stands, but for how it is written.
        case found(path: String, isCertain: Bool)
        /// Several files fit equally well.
        case ambiguous([String])
        case missing
    }

    private let annotations: String
    private let images: String?
    private let contents = Mutex<Contents?>(nil)

    private struct Contents: Sendable {
        let places: ImagePlaces
        var index: ImageFileIndex?
        var failure: FileError?
    }

    /// - Parameters:
    ///   - annotations: The file or folder that names the images.
    ///   - images: The folder that a person gave; then images are nowhere else.
    package init(annotations: String, images: String?) {
        self.annotations = annotations
        self.images = images
    }

    /// The folders that images are looked for in, the likeliest first.
    package var places: ImagePlaces {
        contents.withLock { contents in
            if let places = contents?.places { return places }
            var made: Contents
            do throws(FileError) {
                made = Contents(places: try ImagePlaces(annotations: annotations, images: images))
            } catch {
                made = Contents(places: ImagePlaces(only: images ?? FilePath.parent(of: annotations)), failure: error)
            }
            contents = made
            return made.places
        }
    }

    /// Nil where the places cannot be looked into.
    private var index: ImageFileIndex? {
        let places = places
        return contents.withLock { contents in
            if let index = contents?.index { return index }
            guard contents?.failure == nil else { return nil }
            do throws(FileError) { contents?.index = try ImageFileIndex(places) } catch { contents?.failure = error }
            return contents?.index
        }
    }

    /// Why the places could not be looked into, where somebody has tried: what was not found may be there.
    package var failure: FileError? { contents.withLock { $0?.failure } }

    /// Takes note of a place that could not be looked into.
    package func note(_ failure: FileError) {
        _ = places
        contents.withLock { contents in
            if contents?.failure == nil { contents?.failure = failure }
        }
    }

    package func find(_ name: String) -> Finding {
        let readings = ImageName(name).readings
        if name.hasPrefix("/"), Self.isFile(name) { return .found(path: name, isCertain: true) }
        for place in places.list where !place.isLoose {
            for path in [name] + readings.map(\.path) where !path.hasPrefix("/") {
                let path = FilePath.join(place.folder, path)
                if Self.isFile(path) { return .found(path: path, isCertain: true) }
            }
        }
        return index?.find(readings) ?? .missing
    }

    private static func isFile(_ path: String) -> Bool { Folder.exists(path) && !Folder.isFolder(path) }

    /// The folder that the names are told from: the first of the places that has most of some of them.
    ///
    /// - Parameter standard: The one that is taken when it has all, or no place has any.
    package func folder(of names: some RandomAccessCollection<String>, otherwise standard: String) -> String {
        guard images == nil, !names.isEmpty else { return standard }
        let step = max(1, names.count / 8)
        let sample = stride(from: 0, to: names.count, by: step).map { place in
            let name = names[names.index(names.startIndex, offsetBy: place)]
            return ImageName(name).readings.first.map { $0.isForeign ? name : $0.path } ?? name
        }
        func count(_ folder: String) -> Int { sample.count { Self.isFile(FilePath.join(folder, $0)) } }
        if count(standard) == sample.count { return standard }
        var best = (folder: standard, count: count(standard))
        var isUnique = true
        for place in places.list {
            let count = count(place.folder)
            if count > best.count {
                best = (place.folder, count)
                isUnique = true
            } else if count == best.count, count > 0, place.isLoose, place.folder != best.folder {
                isUnique = false
            }
        }
        return isUnique || !(places.list.first { $0.folder == best.folder }?.isLoose ?? false) ? best.folder : standard
    }

    /// The first of the places that holds images at all.
    package func folderWithImages(otherwise standard: String) -> String {
        if let images { return images }
        for place in places.list where !place.isLoose {
            do throws(FileError) { if try place.holdsImages() { return place.folder } } catch { note(error) }
        }
        return standard
    }
}
