import NeedletailGeometry
import NeedletailImages
import Testing

/// WebP, BMP, TIFF and GIF, as `make_other_fixtures.py` made them, and hostile ones.
@Suite struct OtherFormatTests {
    private static let names = (try? Fixture.table("other.txt").map { $0[0] }) ?? []

    @Test func decodesWhatTheFilesHold() throws {
        let table = try Fixture.table("other.txt")
        #expect(table.count >= 50)
        let stored = Image.DecodingOptions(appliesOrientation: false)
        for line in table {
            let information = try ImageInformation(contentsOf: Fixture.path(line[0]))
            #expect(information.storedWidth == Int(line[1]) && information.storedHeight == Int(line[2]), "\(line[0])")
            #expect(information.format.isDecoded)
            let rgb = try Image(contentsOf: Fixture.path(line[0]), options: stored)
            #expect(rgb.width == Int(line[1]) && rgb.height == Int(line[2]), "\(line[0])")
            #expect(checksum(rgb.bytes) == line[3], "\(line[0]) as RGB")
            var options = stored
            options.format = .rgba
            #expect(
                checksum(try Image(contentsOf: Fixture.path(line[0]), options: options).bytes) == line[4], "\(line[0])")
            options = stored
            options.isStrict = true
            #expect(try Image(contentsOf: Fixture.path(line[0]), options: options) == rgb, "\(line[0]), strictly")
        }
    }

    /// A picture of one row: blue, green, red, which is stored with its rows from below and blue first.
    @Test func aBitmapByHand() throws {
        let header: [UInt8] =
            Array("BM".utf8) + [66, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0]
            + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
        let image = try Image(bytes: header + [255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0])
        #expect(image == Image(width: 3, height: 1, bytes: [0, 0, 255, 0, 255, 0, 255, 0, 0]))
    }

    /// Two pixels, the colours 1 and 0: codes of three bits from the lowest on, 4 (clear), 1, 0, 5 (end).
    @Test func aGIFByHand() throws {
        let bits = 4 | 1 << 3 | 0 << 6 | 5 << 9
        let bytes: [UInt8] =
            Array("GIF89a".utf8) + [2, 0, 1, 0, 0x80, 0, 0] + [10, 20, 30, 40, 50, 60]
            + [0x2C, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 2, UInt8(bits & 255), UInt8(bits >> 8), 0, 0x3B]
        #expect(try Image(bytes: bytes) == Image(width: 2, height: 1, bytes: [40, 50, 60, 10, 20, 30]))
    }

    @Test(arguments: 1...8) func tiffsAreTurned(_ value: Int) throws {
        let orientation = try #require(ImageOrientation(rawValue: value))
        let path = Fixture.path("orientation-\(value).tif")
        #expect(try ImageInformation(contentsOf: path).orientation == orientation)
        let stored = try Image(contentsOf: path, options: .init(appliesOrientation: false))
        let upright = try Image(contentsOf: path)
        #expect((upright.width, upright.height) == (orientation.swapsSides ? (11, 13) : (13, 11)))
        // The pixel (1, 0) of what is stored, as a box, is where its colour went.
        let place = orientation.upright(Box(x: 1, y: 0, width: 1, height: 1), width: 13, height: 11)
        for channel in 0..<3 {
            #expect(
                upright[row: Int(place.y), column: Int(place.x), channel: channel]
                    == stored[row: 0, column: 1, channel: channel])
        }
    }

    @Test func webPsAreTurned() throws {
        let information = try ImageInformation(contentsOf: Fixture.path("orientation-6.webp"))
        #expect(information.orientation == .needsClockwiseTurn && (information.width, information.height) == (11, 13))
        let image = try Image(contentsOf: Fixture.path("orientation-6.webp"))
        #expect(try image == Image(contentsOf: Fixture.path("orientation-6.tif")))
    }

    @Test func saysThatThereAreSeveral() throws {
        for name in ["pages.tif", "animated.webp", "animated.gif", "partial-frame.webp"] {
            #expect(try ImageInformation(contentsOf: Fixture.path(name)).holdsSeveral, "\(name)")
        }
        for name in ["rgb-lzw.tif", "lossless.webp", "plain.gif", "rgb-24.bmp"] {
            #expect(try !ImageInformation(contentsOf: Fixture.path(name)).holdsSeveral, "\(name)")
        }
    }

    /// A file that ends early is an error, and decodes as far as it goes where that is asked for.
    @Test(arguments: names) func cutOffAnywhere(_ name: String) throws {
        let bytes = try Fixture.bytes(name)
        // What says how a picture is turned may stand behind it.
        let stored = Image.DecodingOptions(appliesOrientation: false)
        let whole = try Image(bytes: bytes, options: stored)
        let options = Image.DecodingOptions(appliesOrientation: false, acceptsTruncated: true)
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 150)) {
            let part = Array(bytes.prefix(count))
            // What stands behind the pixels may be missing.
            if let image = try? Image(bytes: part, options: stored) {
                #expect(image == whole && Double(count) > 0.3 * Double(bytes.count), "\(name), \(count) bytes")
            }
            if let image = try? Image(bytes: part, options: options) {
                #expect((image.width, image.height) == (whole.width, whole.height))
            }
        }
    }

    /// Every byte may be anything: an error or some picture, but no trap.
    @Test(arguments: names) func spoiltBytes(_ name: String) throws {
        let bytes = try Fixture.bytes(name)
        let options = Image.DecodingOptions(maximumPixels: 1 << 20)
        for place in stride(from: 0, to: min(bytes.count, 4000), by: bytes.count > 1000 ? 7 : 1) {
            for value in [0, 0x7F, 0xFF] as [UInt8] {
                var spoilt = bytes
                spoilt[place] = value
                _ = try? Image(bytes: spoilt, options: options)
            }
        }
    }

    /// A few bytes that announce a gigabyte are refused before anything is allocated.
    @Test func announcedSizesAreBounded() throws {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let gif: [UInt8] = Array("GIF89a".utf8) + little(65_535, 2) + little(65_535, 2) + [0, 0, 0, 0x2C]
        let bmp = try Fixture.bytes("rgb-24.bmp")
        let webp: [UInt8] =
            Array("RIFF".utf8) + little(22, 4) + Array("WEBPVP8X".utf8) + little(10, 4) + little(0, 4)
            + little(1 << 24 - 1, 3) + little(1 << 24 - 1, 3)
        for bytes in [gif, Array(bmp[..<18]) + little(1 << 20, 4) + little(1 << 20, 4) + bmp[26...], webp] {
            guard case .tooLarge? = reason({ _ = try Image(bytes: bytes) }) else {
                Issue.record("\(bytes.count) bytes were decoded")
                continue
            }
        }
        // One tile of 2³² pixels for a picture of 70x50: TileWidth and TileLength are the tags 322 and 323.
        var tiled = try Fixture.bytes("tiled.tif")
        for tag in [322, 323] {
            let entry = try #require(
                tiled.indices.dropLast(12).first {
                    tiled[$0] == tag & 255 && tiled[$0 + 1] == tag >> 8 && tiled[$0 + 4] == 1
                })
            tiled.replaceSubrange(entry + 2..<entry + 4, with: little(4, 2))
            tiled.replaceSubrange(entry + 8..<entry + 12, with: little(65_536, 4))
        }
        #expect(throws: ImageError.self) { try Image(bytes: tiled) }
    }
}
