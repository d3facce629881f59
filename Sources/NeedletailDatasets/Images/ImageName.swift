import NeedletailSystem
import NeedletailText

/// A name that an annotation file has for an image, and what paths it may mean.
struct ImageName {
    /// A way to understand the name: folders and, last, the file.
    struct Reading: Hashable {
        var parts: [String]
        /// Whether the folders are those of another machine or of a service, rather than of the dataset.
        var isForeign: Bool

        var file: String { parts[parts.count - 1] }
        var path: String { parts.joined(separator: "/") }
    }

    /// The likeliest first.
    let readings: [Reading]

    init(_ name: String) {
        var text = name.utf8.contains(UInt8(ascii: "\\")) ? String(name.map { $0 == "\\" ? "/" : $0 }) : name
        var isForeign = false
        var isAddress = false
        if let query = text.firstRange(of: "?d=") {
            // The local storage of Label Studio: what it serves stands in the query.
            text = String(text[query.upperBound...].prefix { $0 != "&" })
            isAddress = true
        } else if let scheme = text.firstRange(of: "://") {
            let isFile = text[..<scheme.lowerBound].lowercased() == "file"
            text = String(text[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" })
            // Behind the host or bucket.
            if !isFile { text = String(text.drop { $0 != "/" }) }
            isForeign = true
            isAddress = true
        }
        if text.hasPrefix("/") { isForeign = true }
        let drive = text.drop { $0 == "/" }.prefix(2)
        if drive.count == 2, drive.last == ":", drive.first?.isLetter == true {
            text = String(text.drop { $0 == "/" }.dropFirst(2))
            isForeign = true
        }
        var readings: [Reading] = []
        let decoded = ImageFileName.percentDecoded(text)
        for text in isAddress ? [decoded, text] : [text, decoded] {
            guard let text else { continue }
            var parts = text.split(separator: "/").filter { $0 != "." }.map(String.init)
            // What climbs out of a folder is told from elsewhere.
            if let up = parts.lastIndex(of: "..") { parts.removeFirst(up + 1) }
            let reading = Reading(parts: parts, isForeign: isForeign)
            if !parts.isEmpty, !readings.contains(reading) { readings.append(reading) }
        }
        self.readings = readings
    }

    /// A file name without the eight digits that Label Studio puts before the names of uploaded files; nil without.
    static func withoutUploadPrefix(_ file: String) -> String? {
        let prefix = file.utf8.prefix(9)
        guard prefix.count == 9, prefix.last == UInt8(ascii: "-"),
            prefix.dropLast().allSatisfy({ hexadecimalDigit($0) != nil })
        else { return nil }
        let rest = file.dropFirst(9)
        return rest.isEmpty ? nil : String(rest)
    }
}
