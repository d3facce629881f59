/// Decodes Windows' and OS/2's bitmaps: 1, 2, 4 and 8 bits with a palette, plain or run-length coded, 16, 24 and 32 bits,
/// also with masks that say where the colours are.
///
/// Microsoft's `BITMAPFILEHEADER` and the headers that follow it. A fourth byte is opacity only where a mask says so, and
/// is not all zero.
struct BMPDecoder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let path: String?
    private let width: Int
    private let height: Int
    private let isTopDown: Bool
    private let bits: Int
    private let compression: Int
    private let start: Int
    private let palette: [SIMD4<UInt8>]
    private let masks: [UInt32]

    private enum Compression {
        static let none = 0, runs8 = 1, runs4 = 2, masks = 3, masksWithOpacity = 6
    }

    /// - Parameters:
    ///   - width: As the header states it; likewise `height`.
    init(
        _ bytes: UnsafeBufferPointer<UInt8>, width: Int, height: Int, path: String?
    ) throws(ImageError) {
        func number(_ offset: Int, _ count: Int) throws(ImageError) -> Int {
            guard offset >= 0, offset + count <= bytes.count else {
                throw ImageError(.truncated(rows: 0, height: 0), path: path)
            }
            return (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        self.bytes = bytes
        self.path = path
        self.width = width
        self.height = height
        start = try number(10, 4)
        let header = try number(14, 4)
        let isOld = header == 12
        isTopDown = isOld ? false : try number(22, 4) >= 1 << 31
        bits = try number(isOld ? 24 : 28, 2)
        compression = isOld ? Compression.none : header >= 20 ? try number(30, 4) : Compression.none
        // OS/2 has numbers of its own for what is packed otherwise.
        let isKnown =
            header != 64 && [Compression.masks, Compression.masksWithOpacity].contains(compression)
            ? [16, 32].contains(bits)
            : [Compression.none: [1, 2, 4, 8, 16, 24, 32], Compression.runs8: [8], Compression.runs4: [4]][compression]?
                .contains(bits) ?? false
        guard isKnown else {
            throw ImageError(.unsupported("a BMP of \(bits) bits a pixel, packed by method \(compression)"), path: path)
        }
        guard !isTopDown || ![Compression.runs8, Compression.runs4].contains(compression) else {
            throw ImageError(.corrupt("runs from the top row down"), path: path)
        }
        let hasMasks = [Compression.masks, Compression.masksWithOpacity].contains(compression)
        let maskCount = !hasMasks ? 0 : compression == Compression.masksWithOpacity || header >= 56 ? 4 : 3
        var masks: [UInt32] = []
        for place in 0..<maskCount { masks.append(UInt32(truncatingIfNeeded: try number(54 + 4 * place, 4))) }
        if !hasMasks, bits == 16 { masks = [0x7C00, 0x03E0, 0x001F] }
        if !hasMasks, bits == 32 { masks = [0xFF_0000, 0xFF00, 0xFF] }
        self.masks = masks
        guard bits <= 8 else {
            palette = []
            return
        }
        let stated = isOld || header < 40 ? 0 : try number(46, 4)
        let count = stated == 0 || stated > 256 ? 1 << bits : stated
        let entry = isOld ? 3 : 4
        var colors: [SIMD4<UInt8>] = []
        for place in 0..<count {
            let offset = 14 + header + entry * place
            // Some write fewer colours than they state.
            guard offset + entry <= min(bytes.count, max(start, 0)) else { break }
            colors.append(SIMD4(bytes[offset + 2], bytes[offset + 1], bytes[offset], 255))
        }
        palette = colors
    }

    /// - Parameter acceptsTruncated: Whether rows that are missing are black.
    /// - Returns: An image of RGBA.
    func decode(acceptsTruncated: Bool) throws(ImageError) -> Image {
        var pixels = [UInt8](repeating: 0, count: width * height * 4)
        for place in stride(from: 3, to: pixels.count, by: 4) { pixels[place] = 255 }
        let rows: Int
        switch compression {
        case Compression.runs8, Compression.runs4: rows = try decodeRuns(into: &pixels)
        default: rows = bits <= 8 ? try decodeIndices(into: &pixels) : decodeColors(into: &pixels)
        }
        guard rows == height || acceptsTruncated else {
            throw ImageError(.truncated(rows: rows, height: height), path: path)
        }
        return Image(width: width, height: height, format: .rgba, bytes: pixels)
    }

    /// Where the row that lies at a place in the file goes.
    private func target(ofRow row: Int) -> Int { (isTopDown ? row : height - 1 - row) * width * 4 }

    /// Bytes a row takes: it ends at a multiple of four.
    private var rowLength: Int { (width * bits + 31) / 32 * 4 }

    /// The place of a row; nil when it is not all there.
    private func place(ofRow row: Int) -> Int? {
        let (offset, overflow) = row.multipliedReportingOverflow(by: rowLength)
        guard !overflow, offset <= bytes.count - start else { return nil }
        // What fills up the last row may be missing.
        return bytes.count - start - offset >= (width * bits + 7) / 8 ? start + offset : nil
    }

    private func color(_ index: Int) throws(ImageError) -> SIMD4<UInt8> {
        guard index < palette.count else {
            throw ImageError(.corrupt("a colour \(index) of a palette of \(palette.count)"), path: path)
        }
        return palette[index]
    }

    private func decodeIndices(into pixels: inout [UInt8]) throws(ImageError) -> Int {
        let perByte = 8 / bits
        let mask = 1 << bits - 1
        for row in 0..<height {
            guard let place = place(ofRow: row) else { return row }
            var target = target(ofRow: row)
            for x in 0..<width {
                let byte = Int(bytes[place + x / perByte])
                let index = byte >> (8 - bits * (x % perByte + 1)) & mask
                Self.set(try color(index), at: target, in: &pixels)
                target += 4
            }
        }
        return height
    }

    private static func set(_ color: SIMD4<UInt8>, at place: Int, in pixels: inout [UInt8]) {
        for channel in 0..<4 { pixels[place + channel] = color[channel] }
    }

    private func decodeColors(into pixels: inout [UInt8]) -> Int {
        let size = bits / 8
        let channels = masks.map(Channel.init)
        var hasOpacity = false
        var rows = height
        for row in 0..<height {
            guard let place = place(ofRow: row) else {
                rows = row
                break
            }
            var target = target(ofRow: row)
            for x in 0..<width {
                let offset = place + x * size
                if bits == 24 {
                    for channel in 0..<3 { pixels[target + channel] = bytes[offset + 2 - channel] }
                } else {
                    let value = (0..<size).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
                    for (channel, mask) in channels.enumerated() where mask.mask != 0 || channel < 3 {
                        pixels[target + channel] = mask.value(of: value)
                        if channel == 3, pixels[target + 3] != 0 { hasOpacity = true }
                    }
                }
                target += 4
            }
        }
        if masks.count == 4, !hasOpacity {
            for place in stride(from: 3, to: pixels.count, by: 4) { pixels[place] = 255 }
        }
        return rows
    }

    /// Some bits of a pixel, which stand for a share of the brightest.
    private struct Channel {
        let mask: UInt32
        private let shift: UInt32
        private let most: UInt64

        init(_ mask: UInt32) {
            self.mask = mask
            shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
            most = UInt64(mask >> shift)
        }

        func value(of pixel: UInt32) -> UInt8 {
            guard most > 0 else { return 0 }
            return UInt8(truncatingIfNeeded: (UInt64((pixel & mask) >> shift) * 255 + most / 2) / most)
        }
    }

    /// Runs: a count and a colour, or 0 and the end of a row (0), of the picture (1), a step aside (2), or as many colours as
    /// they are.
    private func decodeRuns(into pixels: inout [UInt8]) throws(ImageError) -> Int {
        if let background = palette.first {
            for place in stride(from: 0, to: pixels.count, by: 4) { Self.set(background, at: place, in: &pixels) }
        }
        let isFour = compression == Compression.runs4
        var (x, y, position) = (0, 0, start)
        func put(_ index: Int) throws(ImageError) {
            // Runs may reach beyond the row, where nobody sees them.
            if x < width, y < height { Self.set(try color(index), at: target(ofRow: y) + 4 * x, in: &pixels) }
            x += 1
        }
        while y < height {
            guard position >= 0, position + 2 <= bytes.count else { return y }
            let (count, value) = (Int(bytes[position]), Int(bytes[position + 1]))
            position += 2
            if count > 0 {
                for place in 0..<count { try put(!isFour ? value : place.isMultiple(of: 2) ? value >> 4 : value & 15) }
                continue
            }
            switch value {
            case 0: (x, y) = (0, y + 1)
            case 1: return height
            case 2:
                guard position + 2 <= bytes.count else { return y }
                x += Int(bytes[position])
                y += Int(bytes[position + 1])
                position += 2
            default:
                let length = isFour ? (value + 1) / 2 : value
                guard position + length <= bytes.count else { return y }
                for place in 0..<value {
                    let byte = Int(bytes[position + (isFour ? place / 2 : place)])
                    try put(!isFour ? byte : place.isMultiple(of: 2) ? byte >> 4 : byte & 15)
                }
                position += (length + 1) / 2 * 2
            }
        }
        return height
    }
}
