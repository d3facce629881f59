/// Names for the pictures of a verb: the image's own name, told apart where two would be the same, and no longer than a
/// file system takes.
struct PictureNames {
    private var taken = Set<String>()
    private let ending: String

    /// Bytes that a name may have (`NAME_MAX`), without the ending.
    private static let mostBytes = 255 - 4

    init(_ format: PictureFormat = .png) { self.init(ending: format.ending) }

    init(ending: String) { self.ending = ending }

    /// - Parameter imageName: The image's path relative to its folder; subfolders become part of the name.
    mutating func name(for imageName: String) -> String {
        let flat = imageName.split(whereSeparator: { $0 == "/" || $0 == "\\" }).filter { $0 != ".." && $0 != "." }
            .joined(separator: "_")
        let stem = flat.lastIndex(of: ".").map { String(flat[..<$0]) } ?? flat
        var candidate = Self.shortened(stem.isEmpty ? "image" : stem)
        if taken.contains(candidate) { candidate = Self.shortened(flat) }
        var number = 2
        while taken.contains(candidate) {
            candidate = Self.shortened(flat, suffix: "-\(number)")
            number += 1
        }
        taken.insert(candidate)
        return candidate + ending
    }

    /// The beginning of a long name.
    private static func shortened(_ name: String, suffix: String = "") -> String {
        var kept = name
        while kept.utf8.count + suffix.utf8.count > mostBytes { kept.removeLast() }
        return kept + suffix
    }
}
