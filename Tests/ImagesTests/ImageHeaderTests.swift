import NeedletailImages
import Testing

/// Headers of other formats than JPEG and PNG, written out byte by byte: 300 columns (0x12C) and 200 rows (0xC8).
@Suite struct ImageHeaderTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        var name: String
        var format: ImageFileFormat
        var bytes: [UInt8]
        var testDescription: String { name }
    }

    private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func big(_ value: Int, _ count: Int = 4) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    private static func little(_ value: Int, _ count: Int = 4) -> [UInt8] { big(value, count).reversed() }

    /// A box with its size and type before it.
    private static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        big(content.count + 8) + ascii(type) + content
    }

    private static func tiff(isLittle: Bool, subfileType: Int = 0) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] { isLittle ? little(value, count) : big(value, count) }
        func entry(_ tag: Int, _ type: Int, _ value: [UInt8]) -> [UInt8] {
            number(tag, 2) + number(type, 2) + number(1, 4) + value + [UInt8](repeating: 0, count: 4 - value.count)
        }
        return ascii(isLittle ? "II" : "MM") + number(42, 2) + number(8, 4) + number(3, 2)
            + entry(254, 4, number(subfileType, 4)) + entry(256, 3, number(300, 2)) + entry(257, 4, number(200, 4))
            + number(0, 4)
    }

    private static let bigTIFF: [UInt8] =
        ascii("MM") + big(43, 2) + big(8, 2) + big(0, 2) + big(16, 8) + big(2, 8)
        + big(256, 2) + big(4, 2) + big(1, 8) + big(300) + big(0) + big(257, 2) + big(16, 2) + big(1, 8) + big(200, 8)

    /// A picture of two tiles of 256x256, 256x512 in all, which is cut to 200x300 and turned.
    private static func heif(turns: UInt8) -> [UInt8] {
        func size(_ width: Int, _ height: Int) -> [UInt8] { box("ispe", big(0) + big(width) + big(height)) }
        let clap = box("clap", [200, 1, 300, 1, 0, 1, 0, 1].flatMap { big($0) })
        let properties = box("ipco", size(256, 256) + size(256, 512) + clap + box("irot", [turns]))
        // Two items; the second, number 7, is the primary one and has properties 2, 3 and 4, of which one is essential.
        let associations = box("ipma", big(0) + big(2) + big(3, 2) + [1, 1] + big(7, 2) + [3, 2, 3, 0x84])
        let meta = box("meta", big(0) + box("pitm", big(0) + big(7, 2)) + box("iprp", properties + associations))
        return box("ftyp", ascii("heic") + big(0) + ascii("mif1")) + meta
    }

    static let samples: [Sample] = [
        Sample(
            name: "BMP, rows from the top", format: .bmp,
            bytes: ascii("BM") + little(0) + little(0) + little(54) + little(40) + little(300) + little(-200)),
        Sample(
            name: "BMP of OS/2", format: .bmp,
            bytes: ascii("BM") + little(0) + little(0) + little(26) + little(12) + little(300, 2) + little(200, 2)),
        Sample(name: "GIF", format: .gif, bytes: ascii("GIF89a") + little(300, 2) + little(200, 2)),
        Sample(
            name: "WebP, lossy", format: .webp,
            bytes: ascii("RIFF") + little(0) + ascii("WEBPVP8 ") + little(0) + [0, 0, 0, 0x9D, 0x01, 0x2A]
                // The two highest bits are a scale.
                + little(300 | 1 << 14, 2) + little(200 | 2 << 14, 2)),
        Sample(
            name: "WebP, lossless", format: .webp,
            bytes: ascii("RIFF") + little(0) + ascii("WEBPVP8L") + little(0) + [0x2F]
                + little(299 | 199 << 14 | 1 << 28)),
        Sample(
            name: "WebP, extended", format: .webp,
            bytes: ascii("RIFF") + little(0) + ascii("WEBPVP8X") + little(10) + little(0) + little(299, 3)
                + little(199, 3)),
        Sample(name: "TIFF, little-endian", format: .tiff, bytes: tiff(isLittle: true)),
        Sample(name: "TIFF, big-endian", format: .tiff, bytes: tiff(isLittle: false)),
        Sample(name: "BigTIFF", format: .tiff, bytes: bigTIFF),
        Sample(name: "HEIC, turned", format: .heif, bytes: heif(turns: 1)),
        Sample(
            name: "JPEG 2000", format: .jpeg2000,
            bytes: big(12) + ascii("jP  ") + [0x0D, 0x0A, 0x87, 0x0A] + box("ftyp", ascii("jp2 ") + big(0))
                + box("jp2h", box("ihdr", big(200) + big(300)))),
    ]

    @Test(arguments: samples) func size(_ sample: Sample) throws {
        let information = try ImageInformation(bytes: sample.bytes)
        #expect(information.format == sample.format)
        #expect((information.width, information.height) == (300, 200))
    }

    @Test func turnsOfHEIC() throws {
        let information = try ImageInformation(bytes: Self.heif(turns: 2))
        #expect((information.width, information.height) == (200, 300))
    }

    /// What the size needs stands last in each, but for the offset of the next directory in a TIFF.
    @Test(arguments: samples) func cutOffAnywhere(_ sample: Sample) {
        for count in 0..<sample.bytes.count where !(sample.format == .tiff && count > sample.bytes.count - 5) {
            let bytes = Array(sample.bytes.prefix(count))
            guard let information = try? ImageInformation(bytes: bytes) else { continue }
            Issue.record("\(count) bytes are enough: \(information.width)x\(information.height)")
        }
    }

    /// Every byte of every header may be anything.
    @Test(arguments: samples) func spoiltBytesAreNoTrap(_ sample: Sample) {
        for place in sample.bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var bytes = sample.bytes
                bytes[place] = value
                _ = try? ImageInformation(bytes: bytes)
            }
        }
    }

    @Test(arguments: samples) func headersWithoutPixelsAreRefused(_ sample: Sample) {
        do {
            _ = try Image(bytes: sample.bytes)
            Issue.record("\(sample.name) was decoded")
        } catch {
            guard sample.format == .heif || sample.format == .jpeg2000 else { return }
            #expect(error.description.contains("not a picture that can be read but a"))
            #expect(error.description.contains("convert it to JPEG or PNG"))
        }
    }

    /// A camera's raw file is a TIFF whose first picture is a preview.
    @Test func previewsAreNoPictures() {
        #expect(throws: ImageError.self) { try ImageInformation(bytes: Self.tiff(isLittle: true, subfileType: 1)) }
    }
}
