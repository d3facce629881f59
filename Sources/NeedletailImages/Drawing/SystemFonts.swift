import CImageCodecs
import NeedletailPlatform
import NeedletailSystem
import Synchronization

/// The fonts on the machine, for letters that the package's own typeface lacks.
///
/// They are looked for where systems keep them, or in the folders that `NEEDLETAIL_FONTS` names with colons between, and
/// opened one after another until one has the letter that is wanted; plain upright ones come first.
package final class SystemFonts: Sendable {
    package static let shared = SystemFonts(folders: usualFolders)
    /// None at all.
    package static let none = SystemFonts(folders: [])

    /// Whether the library that draws them is there.
    package static var isAvailable: Bool { nic_font_is_available() }

    /// A character as coverage, to be laid with its corner `left` of and `top` above the place of the pen on the baseline.
    struct Picture {
        var width = 0
        var height = 0
        var left = 0
        var top = 0
        var advance: Float = 0
        /// 0 to 1, row by row.
        var coverage: [Float] = []
    }

    /// FreeType is used by one thread at a time.
    private static let library = Mutex(())

    private let folders: [String]
    private let state = Mutex(State())

    private struct State: ~Copyable {
        /// Files that have not been opened yet, the next one last; nil before they have been looked for.
        var files: [String]?
        var fonts: [Font] = []
        /// The font of a character; nil where none has it.
        var places: [UInt32: Int?] = [:]
    }

    /// Sendable by hand: used under ``library`` alone.
    private struct Font: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    package init(folders: [String]) { self.folders = folders }

    deinit {
        state.withLock { state in
            Self.library.withLock { _ in for font in state.fonts { nic_font_close(font.pointer) } }
        }
    }

    /// Whether some font has all of these characters.
    func have(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
        scalars.allSatisfy { scalar in Self.isSilent(scalar) || state.withLock { place(of: scalar, &$0) } != nil }
    }

    /// - Parameter size: Of an em, in pixels.
    /// - Returns: Nil where no font has it; something empty for what is not seen.
    func picture(of scalar: Unicode.Scalar, size: Float) -> Picture? {
        if Self.isSilent(scalar) { return Picture() }
        return state.withLock { state in
            guard let place = place(of: scalar, &state) else { return nil }
            let font = state.fonts[place]
            return Self.library.withLock { _ in Self.draw(scalar, with: font, size: size) }
        }
    }

    private static func draw(_ scalar: Unicode.Scalar, with font: Font, size: Float) -> Picture? {
        var glyph = nic_glyph()
        guard nic_font_draw(font.pointer, scalar.value, size, &glyph) else { return nil }
        var picture = Picture()
        (picture.left, picture.top, picture.advance) = (Int(glyph.left), Int(glyph.top), glyph.advance)
        guard let pixels = glyph.pixels, glyph.width > 0 else { return picture }
        (picture.width, picture.height) = (Int(glyph.width), Int(glyph.height))
        picture.coverage.reserveCapacity(picture.width * picture.height)
        for row in 0..<picture.height {
            for column in 0..<picture.width {
                picture.coverage.append(Float(pixels[row * Int(glyph.pitch) + column]) / 255)
            }
        }
        return picture
    }

    /// Marks that join or direct letters, and choose among their forms.
    static func isSilent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFE00...0xFE0F, 0xFEFF: true
        default: false
        }
    }

    private func place(of scalar: Unicode.Scalar, _ state: inout State) -> Int? {
        if let known = state.places[scalar.value] { return known }
        let found: Int? = Self.library.withLock { _ in
            var place = 0
            while true {
                if place == state.fonts.count, !openNext(&state) { return nil }
                if place < state.fonts.count, Self.shows(scalar, state.fonts[place]) { return place }
                place = min(place + 1, state.fonts.count)
            }
        }
        state.places[scalar.value] = .some(found)
        return found
    }

    /// Whether a font has a character, and as a shape: of coloured pictures there is nothing to be seen.
    private static func shows(_ scalar: Unicode.Scalar, _ font: Font) -> Bool {
        guard nic_font_has(font.pointer, scalar.value) else { return false }
        var glyph = nic_glyph()
        return scalar.properties.isWhitespace
            || nic_font_draw(font.pointer, scalar.value, 16, &glyph) && glyph.width > 0
    }

    /// Opens the next file, which may have no font that can be used; false where there is none.
    private func openNext(_ state: inout State) -> Bool {
        if state.files == nil { state.files = nic_font_is_available() ? files().reversed() : [] }
        guard let file = state.files?.popLast() else { return false }
        var count = 0, index = 0
        repeat {
            if let pointer = nic_font_open(file, index, &count) { state.fonts.append(Font(pointer: pointer)) }
            index += 1
        } while index < min(count, Self.mostInFile)
        return true
    }

    /// The files, plain ones first.
    private func files() -> [String] {
        var files: [(rank: Int, name: String, path: String)] = []
        for folder in folders where Folder.isFolder(folder) {
            guard let contents = try? FolderContents(folder, depth: Self.depth) else { continue }
            for name in contents.files where Self.endings.contains(where: { name.lowercased().hasSuffix($0) }) {
                let path = FilePath.join(folder, name)
                files.append((Self.rank(FilePath.fileName(of: name).lowercased()), name, path))
            }
        }
        return files.sorted { ($0.rank, $0.name, $0.path) < ($1.rank, $1.name, $1.path) }.map(\.path)
    }

    private static let endings = [".ttf", ".otf", ".ttc", ".otc"]
    private static let depth = 6
    private static let mostInFile = 64

    /// How far a font is from a plain one, by its file's name.
    private static func rank(_ name: String) -> Int {
        let odd = [
            "italic", "oblique", "bold", "black", "light", "thin", "condensed", "narrow", "mono", "serif", "math",
        ]
        let isSans = name.contains("sans") || name.contains("regular") ? 0 : 1
        return 2 * odd.count { name.contains($0) && !($0 == "serif" && name.contains("sansserif")) } + isSans
    }

    private static var usualFolders: [String] {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        if let own = variable("NEEDLETAIL_FONTS") { return own.split(separator: ":").map(String.init) }
        let home = variable("HOME") ?? ""
        #if canImport(Darwin)
            return ["/System/Library/Fonts", "/Library/Fonts", home + "/Library/Fonts"]
        #else
            let own = variable("XDG_DATA_HOME") ?? home + "/.local/share"
            let all = variable("XDG_DATA_DIRS") ?? "/usr/local/share:/usr/share"
            return [own + "/fonts", home + "/.fonts"] + all.split(separator: ":").map { $0 + "/fonts" }
        #endif
    }
}
