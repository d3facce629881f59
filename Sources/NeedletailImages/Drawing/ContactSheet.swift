import NeedletailGeometry

/// Small copies of many pictures side by side, each with its boxes and lines of text.
public struct ContactSheet {
    private let columns: Int
    private let tileWidth: Int
    private let tileHeight: Int
    private let heading: [String]
    private let captionLines: Int
    private let gap: Int
    private var tiles: [Image] = []

    private static let letter = 10
    private static let margin = 12
    private static let headingLine = 22
    private static let captionLine = 18
    private static let ground = Color(0x1B1F24)

    /// - Parameters:
    ///   - tileWidth: The room for a picture, in pixels; likewise `tileHeight`.
    ///   - heading: Lines above all pictures.
    ///   - captionLines: For how many lines of text there is room below each picture.
    ///   - gap: Pixels between two pictures.
    /// - Precondition: Columns and sides are above 0.
    public init(
        columns: Int, tileWidth: Int = 320, tileHeight: Int = 240, heading: [String] = [], captionLines: Int = 1,
        gap: Int = 12
    ) {
        precondition(columns > 0 && tileWidth > 0 && tileHeight > 0, "\(columns) columns of \(tileWidth)x\(tileHeight)")
        self.columns = columns
        self.tileWidth = tileWidth
        self.tileHeight = tileHeight
        self.heading = heading
        self.captionLines = captionLines
        self.gap = gap
    }

    private var captionHeight: Int { captionLines == 0 ? 0 : 6 + captionLines * Self.captionLine }

    /// Adds a picture at the end; it is made to fit, keeping its sides' ratio. Lines of its caption that are too long are cut
    /// in their middle.
    public mutating func append(_ image: Image, boxes: [LabeledBox] = [], caption: String = "") {
        let scale = min(
            Double(tileWidth) / Double(image.width), Double(tileHeight) / Double(image.height))
        let (width, height) = (
            max(Int(Double(image.width) * scale), 1), max(Int(Double(image.height) * scale), 1)
        )
        var tile = Image(width: tileWidth, height: tileHeight + captionHeight, filledWith: Self.ground)
        let picture = image.converted(to: .rgb).resized(width: width, height: height).annotated(
            with: boxes.map { $0.scaled(by: scale) })
        tile.place(picture, x: (tileWidth - width) / 2, y: (tileHeight - height) / 2, within: tile.frame)
        for (number, line) in caption.split(separator: "\n").prefix(captionLines).enumerated() {
            tile.draw(
                text: Self.shortened(String(line), to: tileWidth - 4), x: 2,
                y: tileHeight + 7 + number * Self.captionLine, height: Self.letter, color: .white)
        }
        tiles.append(tile)
    }

    /// All pictures, row by row.
    public var image: Image {
        let rows = max((tiles.count + columns - 1) / columns, 1)
        let lines = heading.map { TextMask($0, unit: Float(Self.letter) / 10).width }
        let top = heading.isEmpty ? 0 : heading.count * Self.headingLine + gap / 2
        var sheet = Image(
            width: max(columns * (tileWidth + gap) + gap, (lines.max() ?? 0) + 2 * Self.margin),
            height: top + rows * (tileHeight + captionHeight + gap) + gap, filledWith: Self.ground)
        for (number, line) in heading.enumerated() {
            sheet.draw(
                text: line, x: Self.margin, y: Self.margin + number * Self.headingLine, height: Self.letter,
                color: .white)
        }
        for (index, tile) in tiles.enumerated() {
            sheet.place(
                tile, x: gap + index % columns * (tileWidth + gap),
                y: top + gap + index / columns * (tile.height + gap), within: sheet.frame)
        }
        return sheet
    }

    /// A text of so many pixels: names of classes are told by how they begin, and those of files by how they end.
    private static func shortened(_ text: String, to width: Int) -> String {
        func measured(_ text: String) -> Int { TextMask(text, unit: Float(letter) / 10).width }
        var (kept, shown) = (text.count, text)
        while kept > 2, measured(shown) > width {
            kept -= 1
            shown = text.prefix((kept + 1) / 2) + "…" + text.suffix(kept / 2)
        }
        return shown
    }
}
