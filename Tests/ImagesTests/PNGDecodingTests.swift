import NeedletailImages
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct PNGDecodingTests {
    @Test func decodesAsPillow() throws {
        for line in try Fixture.table("png.txt") {
            let path = Fixture.path(line[0])
            let rgb = try Image(contentsOf: path)
            #expect(rgb.width == Int(line[1]) && rgb.height == Int(line[2]))
            #expect(checksum(rgb.bytes) == line[3], "\(line[0]) as RGB")
            let rgba = try Image(contentsOf: path, options: .init(format: .rgba))
            #expect(checksum(rgba.bytes) == line[4], "\(line[0]) as RGBA")
        }
    }

    @Test(.enabled(if: Fixture.hasShared("images/pngsuite"), "needs PngSuite in ../shared/data/images/pngsuite"))
    func decodesPngSuite() throws {
        let folder = Fixture.sharedData + "/images/pngsuite/"
        let expected = try Fixture.table("pngsuite.txt")
        #expect(expected.count > 150)
        for line in expected {
            let image = try Image(contentsOf: folder + line[0], options: .init(isStrict: true))
            #expect(image.width == Int(line[1]) && image.height == Int(line[2]))
            #expect(checksum(image.bytes) == line[3], "\(line[0])")
            let information = try ImageInformation(contentsOf: folder + line[0])
            #expect(information.width == image.width && information.height == image.height)
        }
    }

    @Test(.enabled(if: Fixture.hasShared("images/pngsuite"), "needs PngSuite in ../shared/data/images/pngsuite"))
    func refusesBrokenFilesOfPngSuite() throws {
        let folder = Fixture.sharedData + "/images/pngsuite/"
        let broken = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("x") }
        #expect(broken.count >= 13)
        for name in broken {
            let found = reason { _ = try Image(contentsOf: folder + name) }
            #expect(found != nil, "\(name) was decoded")
        }
    }

    @Test func readsOrientation() throws {
        let path = Fixture.path("orientation-6.png")
        let information = try ImageInformation(contentsOf: path)
        #expect(information.orientation == .needsClockwiseTurn && information.width == 5 && information.height == 9)
        #expect(try Image(contentsOf: path).bytes == Fixture.bytes("orientation-6.png.rgb"))
    }

    @Test(arguments: ["rgb", "palette-transparent", "gray-alpha"]) func everyPrefixIsRefused(_ kind: String) throws {
        let bytes = try Fixture.bytes("\(kind).png")
        for length in 0..<bytes.count {
            let found = reason { _ = try Image(bytes: Array(bytes[..<length])) }
            if length == 0 {
                #expect(found == .empty)
            } else if case .truncated? = found {
            } else {
                Issue.record("\(length) bytes: \(String(describing: found))")
            }
        }
    }

    @Test func damagedBytesNeverCrash() throws {
        var state: UInt64 = 5
        for kind in ["rgb", "palette-transparent", "rgb-transparent", "bilevel"] {
            let sound = try Fixture.bytes("\(kind).png")
            for _ in 0..<400 {
                var bytes = sound
                for _ in 0..<2 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
                }
                _ = try? ImageInformation(bytes: bytes)
                _ = try? Image(bytes: bytes, options: .init(maximumPixels: 1 << 20))
            }
        }
    }

    @Test func hugeSizesAreRefusedBeforeAllocation() throws {
        // IHDR of 16,385 x 16,384 pixels, one column above 2²⁸, with its checksum.
        var header: [UInt8] = Array("IHDR".utf8) + [0, 0, 0x40, 1, 0, 0, 0x40, 0, 8, 2, 0, 0, 0]
        var crc: UInt32 = .max
        for byte in header {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        crc = ~crc
        header += [UInt8(crc >> 24), UInt8(crc >> 16 & 255), UInt8(crc >> 8 & 255), UInt8(crc & 255)]
        let data: [UInt8] = [0, 0, 0, 0] + Array("IDAT".utf8) + [0x35, 0xAF, 0x06, 0x1E]
        let bytes = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + header + data
        #expect(reason { _ = try Image(bytes: bytes) } == .tooLarge(width: 16385, height: 16384, limit: 1 << 28))
        let information = try ImageInformation(bytes: bytes)
        #expect(information.width == 16385)
        guard case .truncated? = reason({ _ = try Image(bytes: bytes, options: .init(maximumPixels: 1 << 29)) }) else {
            Issue.record("an image without data was decoded")
            return
        }
    }
}
