import NeedletailPlatform

extension Color {
    /// Colours for classes, far apart in hue or lightness; the first seven stay distinct for most
    /// colour-blind people.
    public static let palette: [Color] = [
        Color(0xE69F00), Color(0x56B4E9), Color(0x00A878), Color(0xF0E442), Color(0x2F6BFF), Color(0xE4572E),
        Color(0xD977B5), Color(0x8E5CF7), Color(0x16D9CF), Color(0xFF3D6E), Color(0xA5D63B), Color(0xC68A5E),
        Color(0xFFA69E), Color(0xC6B7FF), Color(0xE012C3), Color(0x2ECC40), Color(0x00809C), Color(0xFFD9A0),
        Color(0x9FB3C8), Color(0xB8336A),
    ]

    /// The colour of a class by its name: the same in every image and every run, but two classes may share
    /// one. Where all classes are known, `distinct(forClasses:)` avoids that.
    public static func forClass(_ name: String) -> Color {
        palette[paletteIndex(name)]
    }

    /// The colour of a class by its number; neighbouring numbers differ.
    public static func forClass(_ number: Int) -> Color {
        palette[((number % palette.count) + palette.count) % palette.count]
    }

    /// A colour for each of a dataset's classes, without repetition while the palette lasts.
    ///
    /// A class gets the colour of its name, unless one before it has that or a similar one: then the free colour that is
    /// least like theirs. So adding a class to the end leaves the others as they are.
    public static func distinct(forClasses names: [String]) -> [Color] {
        var given: [Color] = []
        var free = palette
        for name in names {
            if free.isEmpty { free = palette }
            let others = given.suffix(palette.count - 1)
            func distance(_ color: Color) -> Float { others.map { color.distance(to: $0) }.min() ?? .infinity }
            let own = forClass(name)
            let isDistinct = free.contains(own) && distance(own) >= similarDistance
            let color = isDistinct ? own : free.max { distance($0) < distance($1) } ?? own
            free.removeAll { $0 == color }
            given.append(color)
        }
        return given
    }

    /// Colours closer than this are taken for one another at a glance.
    private static let similarDistance: Float = 250

    /// How different two colours look, 0 to 765: Riemersma's weighting of red and blue by how much red there is.
    func distance(to other: Color) -> Float {
        let redMean = (Float(red) + Float(other.red)) / 2
        let (r, g, b) = (
            Float(red) - Float(other.red), Float(green) - Float(other.green), Float(blue) - Float(other.blue)
        )
        return ((2 + redMean / 256) * r * r + 4 * g * g + (2 + (255 - redMean) / 256) * b * b).squareRoot()
    }

    /// FNV-1a of the name, because Swift's own hashes differ from run to run.
    private static func paletteIndex(_ name: String) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int((hash ^ hash >> 32) % UInt64(palette.count))
    }

    /// Black or white, whichever is easier to read on this colour (contrast as WCAG 2 defines it).
    public var contrasting: Color {
        // 0.179 is where the contrast ratios with black and white are equal.
        relativeLuminance > 0.179 ? .black : .white
    }

    /// This colour, mixed with white as far as it takes to be read on a nearly black ground.
    var readableOnDark: Color {
        var color = self
        while color.relativeLuminance < 0.3 {
            color = Color(red: color.red / 4 * 3 + 64, green: color.green / 4 * 3 + 64, blue: color.blue / 4 * 3 + 64)
        }
        return color
    }

    private var relativeLuminance: Float {
        func linear(_ value: UInt8) -> Float {
            let share = Float(value) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
