/// Names of files and folders in progress: hidden, beside what they become, and told by their ending.
///
/// `a/photo.png` is written as `a/.photo.png.k3v9x0q2m1.part`. A long name is cut, so that the temporary one is none
/// that a file system refuses.
package enum TemporaryName {
    package static let ending = ".part"
    /// Bytes that a name may have (`NAME_MAX`).
    private static let limit = 255
    private static let tokenLength = 10

    /// A path beside another, with a name that is not likely to be there.
    package static func path(beside path: String) -> String {
        let (folder, name) = FilePath.split(path)
        let room = limit - ending.utf8.count - tokenLength - 2
        var kept = name
        while kept.utf8.count > room { kept.removeLast() }
        return "\(folder).\(kept).\(token())\(ending)"
    }

    /// What a file with such a name was to become, as far as the name was not cut; nil of any other name.
    package static func origin(of name: String) -> String? {
        guard name.hasPrefix("."), name.hasSuffix(ending) else { return nil }
        let parts = name.dropFirst().dropLast(ending.count)
        guard let dot = parts.lastIndex(of: "."), parts[dot...].count == tokenLength + 1 else { return nil }
        return String(parts[..<dot])
    }

    private static func token() -> String {
        let characters = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        return String((0..<tokenLength).map { _ in characters[Int.random(in: 0..<characters.count)] })
    }
}
