import NeedletailImages
import Testing

@Suite struct JPEGDecodingTests {
    static let kinds = [
        "baseline-444", "baseline-422", "baseline-420", "progressive", "restarts", "rgb", "gray", "gray-progressive",
        "cmyk", "ycck", "far-header", "trailing-garbage",
    ]

    @Test(arguments: kinds) func decodesAsPillow(_ kind: String) throws {
        let image = try Image(contentsOf: Fixture.path("\(kind).jpg"), options: .init(isStrict: true))
        #expect(image.width == 45 && image.height == 35 && image.format == .rgb)
        // Versions of libjpeg differ by at most one in rounding.
        #expect(largestDifference(image.bytes, try Fixture.bytes("\(kind).jpg.rgb")) <= 1)
    }

    @Test(arguments: kinds) func decodesToOtherFormats(_ kind: String) throws {
        let bytes = try Fixture.bytes("\(kind).jpg")
        let rgb = try Image(bytes: bytes)
        let rgba = try Image(bytes: bytes, options: .init(format: .rgba))
        #expect(rgba == rgb.converted(to: .rgba))
        #expect(rgba.bytes[3] == 255)
        let gray = try Image(bytes: bytes, options: .init(format: .gray))
        #expect(largestDifference(gray.bytes, rgb.converted(to: .gray).bytes) == 0)
    }

    @Test func readsHeaders() throws {
        let far = try ImageInformation(contentsOf: Fixture.path("far-header.jpg"))
        #expect(far.format == .jpeg && far.storedWidth == 45 && far.storedHeight == 35)
        #expect(far.components == 1 && far.bitsPerComponent == 8 && far.orientation == .upright)
        #expect(try ImageInformation(contentsOf: Fixture.path("cmyk.jpg")).components == 4)
    }

    @Test(arguments: 1...8) func appliesOrientation(_ value: Int) throws {
        let path = Fixture.path("orientation-\(value).jpg")
        let information = try ImageInformation(contentsOf: path)
        #expect(information.orientation.rawValue == value)
        #expect(information.storedWidth == 24 && information.storedHeight == 16)
        let upright = try Image(contentsOf: path)
        #expect(upright.width == information.width && upright.height == information.height)
        #expect(upright.width == (value >= 5 ? 16 : 24))
        #expect(largestDifference(upright.bytes, try Fixture.bytes("orientation-\(value).jpg.rgb")) <= 1)
        let stored = try Image(contentsOf: path, options: .init(appliesOrientation: false))
        #expect(stored.width == 24 && stored.applying(information.orientation) == upright)
    }

    @Test(arguments: [4, 2, 1]) func decodesAtReducedSize(_ eighths: Int) throws {
        let width = (45 * eighths + 7) / 8, height = (35 * eighths + 7) / 8
        let bytes = try Fixture.bytes("baseline-420.jpg")
        let image = try Image(bytes: bytes, options: .init(minimumSize: .init(width: width, height: height)))
        #expect(image.width == width && image.height == height)
        #expect(largestDifference(image.bytes, try Fixture.bytes("reduced-\(eighths).rgb")) <= 1)
        let larger = try Image(bytes: bytes, options: .init(minimumSize: .init(width: width + 1, height: 1)))
        #expect(larger.width == (45 * eighths * 2 + 7) / 8)
    }

    @Test func reducedSizeHeedsOrientation() throws {
        let bytes = try Fixture.bytes("orientation-6.jpg")
        let image = try Image(bytes: bytes, options: .init(minimumSize: .init(width: 8, height: 12)))
        #expect(image.width == 8 && image.height == 12)
    }

    @Test(arguments: ["baseline-420", "progressive", "gray", "ycck", "restarts"])
    func everyPrefixIsTruncated(_ kind: String) throws {
        let bytes = try Fixture.bytes("\(kind).jpg")
        for length in 0..<bytes.count {
            let prefix = Array(bytes[..<length])
            let found = reason { _ = try Image(bytes: prefix) }
            if length == 0 {
                #expect(found == .empty)
            } else if case .truncated? = found {
            } else {
                Issue.record("\(length) bytes: \(String(describing: found))")
            }
        }
        _ = try Image(bytes: bytes)
    }

    @Test func truncatedFilesAreAcceptedOnDemand() throws {
        let bytes = try Fixture.bytes("baseline-444.jpg")
        let whole = try Image(bytes: bytes)
        let options = Image.DecodingOptions(acceptsTruncated: true)
        #expect(try Image(bytes: Array(bytes.dropLast(2)), options: options) == whole)
        let half = try Image(bytes: Array(bytes[..<(bytes.count * 2 / 3)]), options: options)
        #expect(half.width == 45 && half != whole)
        #expect(half.bytes[..<(45 * 3 * 7)] == whole.bytes[..<(45 * 3 * 7)])
        guard case .truncated(let rows, 35)? = reason({ _ = try Image(bytes: Array(bytes[..<(bytes.count * 2 / 3)])) })
        else {
            Issue.record("not truncated")
            return
        }
        #expect(rows > 0 && rows < 35)
    }

    @Test func damageIsAnErrorWhenStrict() throws {
        var bytes = try Fixture.bytes("restarts.jpg")
        let restart = try #require(bytes.indices.first { bytes[$0] == 0xFF && $0 > 600 && bytes[$0 + 1] == 0xD1 })
        bytes[restart + 1] = 0xD5
        #expect(throws: Never.self) { try Image(bytes: bytes) }
        guard case .corrupt? = reason({ _ = try Image(bytes: bytes, options: .init(isStrict: true)) }) else {
            Issue.record("damage passed as sound")
            return
        }
    }

    @Test func damagedBytesNeverCrash() throws {
        var state: UInt64 = 11
        for kind in ["baseline-420", "progressive", "cmyk", "orientation-6"] {
            let sound = try Fixture.bytes("\(kind).jpg")
            for _ in 0..<400 {
                var bytes = sound
                for _ in 0..<3 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
                }
                _ = try? ImageInformation(bytes: bytes)
                _ = try? Image(bytes: bytes, options: .init(maximumPixels: 1 << 20))
            }
        }
    }
}
