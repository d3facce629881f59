/// Decodes the first picture of a GIF file (CompuServe's GIF89a), laid on the canvas whose size the file states.
struct GIFDecoder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let path: String?
    private let width: Int
    private let height: Int
    private var position = 13
    private var palette: [SIMD4<UInt8>] = []
    private var transparent: Int?

    init(_ bytes: UnsafeBufferPointer<UInt8>, width: Int, height: Int, path: String?) {
        self.bytes = bytes
        self.path = path
        self.width = width
        self.height = height
    }

    private var truncated: ImageError { ImageError(.truncated(rows: 0, height: 0), path: path) }

    private mutating func byte() throws(ImageError) -> Int {
        guard position < bytes.count else { throw truncated }
        defer { position += 1 }
        return Int(bytes[position])
    }

    private mutating func short() throws(ImageError) -> Int { try byte() | byte() << 8 }

    private mutating func colors(_ count: Int) throws(ImageError) -> [SIMD4<UInt8>] {
        guard position + 3 * count <= bytes.count else { throw truncated }
        defer { position += 3 * count }
        return (0..<count).map { place in
            let offset = position + 3 * place
            return SIMD4(bytes[offset], bytes[offset + 1], bytes[offset + 2], 255)
        }
    }

    /// - Parameter acceptsTruncated: Whether pixels that are missing are left as the canvas is.
    /// - Returns: An image of RGBA. What the picture does not cover has the background's colour and no opacity.
    mutating func decode(acceptsTruncated: Bool) throws(ImageError) -> Image {
        guard bytes.count >= 13 else { throw truncated }
        let flags = bytes[10]
        let background = Int(bytes[11])
        if flags & 0x80 != 0 { palette = try colors(2 << Int(flags & 7)) }
        var ground = palette.indices.contains(background) ? palette[background] : SIMD4(0, 0, 0, 0)
        ground[3] = 0
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 4)
        for _ in 0..<width * height { for channel in 0..<4 { pixels.append(ground[channel]) } }
        while true {
            switch try byte() {
            case 0x21: try passExtension()
            case 0x2C:
                try decodePicture(into: &pixels, acceptsTruncated: acceptsTruncated)
                return Image(width: width, height: height, format: .rgba, bytes: pixels)
            case 0x3B: throw ImageError(.corrupt("it holds no picture"), path: path)
            case let other: throw ImageError(.corrupt("a block of the unknown kind \(other)"), path: path)
            }
        }
    }

    private mutating func passExtension() throws(ImageError) {
        let label = try byte()
        while true {
            let length = try byte()
            if length == 0 { return }
            guard position + length <= bytes.count else { throw truncated }
            // Graphic control: the first bit says whether the fourth byte is a colour that is not seen.
            if label == 0xF9, length >= 4 {
                transparent = bytes[position] & 1 == 1 ? Int(bytes[position + 3]) : nil
            }
            position += length
        }
    }

    private mutating func decodePicture(into pixels: inout [UInt8], acceptsTruncated: Bool) throws(ImageError) {
        let (left, top) = (try short(), try short())
        let (columns, rows) = (try short(), try short())
        let flags = try byte()
        var colors = palette
        if flags & 0x80 != 0 { colors = try self.colors(2 << (flags & 7)) }
        let order = Self.rows(rows, isInterlaced: flags & 0x40 != 0)
        var codes = try GIFCodes(bytes, at: position, path: path)
        var count = 0
        let total = columns * rows
        while count < total {
            guard let run = try codes.next() else { break }
            for index in run where count < total {
                let (x, y) = (left + count % columns, top + order[count / columns])
                count += 1
                guard x < width, y < height else { continue }
                guard Int(index) < colors.count else {
                    throw ImageError(.corrupt("a colour \(index) of a palette of \(colors.count)"), path: path)
                }
                var color = colors[Int(index)]
                if Int(index) == transparent { color[3] = 0 }
                for channel in 0..<4 { pixels[(y * width + x) * 4 + channel] = color[channel] }
            }
        }
        guard count == total || acceptsTruncated else {
            throw ImageError(.truncated(rows: columns > 0 ? count / columns : 0, height: rows), path: path)
        }
    }

    /// The rows in the order in which they are stored.
    private static func rows(_ count: Int, isInterlaced: Bool) -> [Int] {
        guard isInterlaced else { return Array(0..<count) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: count, by: $0.1)) }
    }
}

/// The runs of colours that GIF's variant of LZW has made fewer.
private struct GIFCodes {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let path: String?
    private var position: Int
    /// Bytes of the current block that are left.
    private var left = 0
    private let clear: Int
    private let least: Int
    private var size: Int
    private var bits = 0
    private var bitCount = 0
    /// What each code stands for: the code before its last colour, that colour, and how many there are.
    private var prefixes: [UInt16]
    private var colors: [UInt8]
    private var lengths: [Int]
    private var last: Int?
    private var isOver = false

    private static let most = 4096

    init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int, path: String?) throws(ImageError) {
        guard position < bytes.count else { throw ImageError(.truncated(rows: 0, height: 0), path: path) }
        least = Int(bytes[position])
        guard (1...11).contains(least) else {
            throw ImageError(.corrupt("its codes begin with \(least) bits"), path: path)
        }
        self.bytes = bytes
        self.path = path
        self.position = position + 1
        clear = 1 << least
        size = least + 1
        prefixes = Array(repeating: 0, count: clear + 2)
        colors = (0..<clear + 2).map { UInt8(truncatingIfNeeded: $0) }
        lengths = Array(repeating: 1, count: clear + 2)
    }

    /// The colours of the next code; nil at the end of the data.
    mutating func next() throws(ImageError) -> [UInt8]? {
        while !isOver {
            guard let code = nextCode() else { return nil }
            if code == clear {
                prefixes.removeLast(prefixes.count - clear - 2)
                colors.removeLast(colors.count - clear - 2)
                lengths.removeLast(lengths.count - clear - 2)
                size = least + 1
                last = nil
                continue
            }
            if code == clear + 1 {
                isOver = true
                return nil
            }
            guard code < prefixes.count || (code == prefixes.count && last != nil) else {
                throw ImageError(.corrupt("a code \(code) that was not defined"), path: path)
            }
            if let last, prefixes.count < Self.most {
                let first = run(code < prefixes.count ? code : last)[0]
                prefixes.append(UInt16(last))
                colors.append(first)
                lengths.append(lengths[last] + 1)
                if prefixes.count == 1 << size, size < 12 { size += 1 }
            }
            guard code < prefixes.count else {
                throw ImageError(.corrupt("a code \(code) that was not defined"), path: path)
            }
            last = code
            return run(code)
        }
        return nil
    }

    private func run(_ code: Int) -> [UInt8] {
        var run = [UInt8](repeating: 0, count: lengths[code])
        var code = code
        for place in run.indices.reversed() {
            run[place] = colors[code]
            code = Int(prefixes[code])
        }
        return run
    }

    private mutating func nextCode() -> Int? {
        while bitCount < size {
            if left == 0 {
                guard position < bytes.count, bytes[position] > 0 else { return nil }
                left = Int(bytes[position])
                position += 1
            }
            guard position < bytes.count else { return nil }
            bits |= Int(bytes[position]) << bitCount
            bitCount += 8
            position += 1
            left -= 1
        }
        defer {
            bits >>= size
            bitCount -= size
        }
        return bits & (1 << size - 1)
    }
}
