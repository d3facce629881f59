import NeedletailSystem

/// The image files of a folder, to find the one that an annotation file belongs to.
struct ImageFolderListing {
    let folder: String
    private var names: Set<String> = []
    private var namesByStem: [String: String] = [:]

    /// Extensions of what people have as images, whether or not Needletail decodes them.
    static let extensions: Set<String> = [
        "jpg", "jpeg", "jpe", "png", "bmp", "tif", "tiff", "webp", "gif", "ppm", "pgm", "dng", "mpo", "pfm", "heic",
        "avif", "jp2",
    ]

    /// - Parameter folder: Names are relative to it, also those of images in folders below.
    init(_ folder: String) {
        self.folder = folder
        for name in Folder.files(below: folder) where Self.isImage(name) {
            names.insert(name)
            let stem = FilePath.stem(of: name)
            if namesByStem[stem] == nil { namesByStem[stem] = name }
        }
    }

    func contains(_ name: String) -> Bool { names.contains(name) }

    /// The first image by name that has this name without extension.
    func name(ofStem stem: String) -> String? { namesByStem[stem] }

    /// All images, sorted by their bytes.
    var sorted: [String] { names.sorted() }

    static func isImage(_ name: String) -> Bool {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return extensions.contains(name[name.index(after: dot)...].lowercased())
    }
}
