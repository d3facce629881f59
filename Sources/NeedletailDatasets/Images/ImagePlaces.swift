import NeedletailSystem

/// The folders in which the images of an annotation file are looked for.
package struct ImagePlaces: Sendable {
    struct Place: Hashable, Sendable {
        let folder: String
        /// Whether folders in it are looked into, too.
        var isDeep = true
        /// Whether its name does not say that it holds images.
        var isLoose = false
        /// The split that its name tells of.
        var split: String?

        func holdsImages() throws(FileError) -> Bool {
            try FolderContents(folder, depth: isDeep ? .max : 1).files.contains(where: ImageFileName.isImage)
        }
    }

    private(set) var list: [Place] = []
    /// The split that the annotations are of, as far as their names tell.
    let split: String?

    private static let imageFolders: Set<String> = [
        "images", "image", "imgs", "img", "jpegimages", "photos", "pictures", "frames", "data", "image_2",
    ]
    /// Words of the names of others: `train_images`.
    private static let imageWords: Set<String> = ["images", "image", "imgs", "img"]
    private static let annotationFolders: Set<String> = [
        "annotations", "annotation", "annos", "anns", "ann", "labels", "label", "json", "jsons", "xml", "xmls", "csv",
        "gt", "ground_truth", "label_2",
    ]

    private static func holdsImages(_ name: String) -> Bool {
        let name = name.lowercased()
        return imageFolders.contains(name)
            || name.split { !$0.isLetter && !$0.isNumber }.contains { imageWords.contains(String($0)) }
    }

    /// - Throws: ``FileError`` where a folder cannot be looked into.
    init(annotations path: String, images: String?) throws(FileError) {
        let isFolder = Folder.isFolder(path)
        let home = isFolder ? path : FilePath.parent(of: path)
        let homeName = FilePath.fileName(of: FilePath.absolute(home))
        let stem = isFolder ? "" : FilePath.stem(of: FilePath.fileName(of: path))
        let outer = Self.parent(of: home)
        let isInAnnotations = Self.annotationFolders.contains(
            FilePath.fileName(of: FilePath.absolute(outer)).lowercased())
        // One of several folders, each of which holds a split; not any folder that happens to be called so.
        var isSplit = SplitName.usual(homeName) != nil
        if isSplit, !isInAnnotations {
            isSplit = try Folder.folders(in: outer).count { SplitName.usual($0) != nil } > 1
        }
        let written = isFolder ? nil : SplitName.written(in: stem)
        split = (written ?? (isSplit ? homeName : nil)).flatMap { SplitName.usual($0) }
        if let images {
            list = [Place(folder: images)]
            return
        }
        let split = split
        func isNamedAlike(_ name: String) -> Bool {
            (!stem.isEmpty && name.lowercased() == stem.lowercased())
                || split.map { SplitName.meant(by: name) == $0 } ?? false
        }
        /// Those of the same name as the annotations before those of the same split.
        func alike(in folder: String) throws(FileError) -> [String] {
            let names = try Folder.folders(in: folder).filter(isNamedAlike)
            return names.filter { $0 == written || $0 == stem } + names.filter { $0 != written && $0 != stem }
        }
        func add(_ place: Place) { if !list.contains(where: { $0.folder == place.folder }) { list.append(place) } }
        func addImageFolders(of root: String, isApart: Bool) throws(FileError) {
            if !isApart {
                for name in try alike(in: root) {
                    add(Place(folder: FilePath.join(root, name), split: SplitName.meant(by: name)))
                }
            }
            for name in try Folder.folders(in: root) where Self.holdsImages(name) {
                let folder = FilePath.join(root, name)
                for part in try alike(in: folder) {
                    add(Place(folder: FilePath.join(folder, part), split: SplitName.meant(by: part)))
                }
                add(Place(folder: folder, split: SplitName.meant(by: name)))
            }
        }
        // Annotations in a folder of their own, perhaps in one for each split, lie beside the images' folders.
        var roots = [home]
        if isSplit || Self.annotationFolders.contains(homeName.lowercased()) { roots.append(outer) }
        if isSplit, isInAnnotations { roots.append(Self.parent(of: outer)) }
        add(Place(folder: home, isDeep: false))
        for root in roots { try addImageFolders(of: root, isApart: false) }
        if roots.count == 1 { try addImageFolders(of: outer, isApart: true) }
        for root in roots.dropFirst() { add(Place(folder: root, isDeep: false)) }
        for root in roots {
            for name in try Folder.folders(in: root) {
                add(
                    Place(
                        folder: FilePath.join(root, name), isDeep: false, isLoose: true,
                        split: SplitName.meant(by: name)))
            }
        }
    }

    /// The one place that a person gave, or the one that the annotations are in.
    init(only folder: String) {
        list = [Place(folder: folder)]
        split = nil
    }

    private static func parent(of folder: String) -> String {
        let name = FilePath.fileName(of: folder)
        return name.isEmpty || name == "." || name == ".."
            ? (folder == "." ? ".." : "\(folder)/..") : FilePath.parent(of: folder)
    }

    /// The places in words, for people whose image is in none.
    package var text: String {
        let named = list.filter { !$0.isLoose }
        return named.map { $0.isDeep ? "\($0.folder) and below" : $0.folder }.listed(6)
            + (list.contains(where: \.isLoose) ? ", and the folders beside" : "")
    }
}
