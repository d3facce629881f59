import NeedletailImages
import ProgramRunner
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct ImageFileTests {
    @Test func namesWhatIsWrong() throws {
        let folder = try TemporaryFolder()
        #expect(reason { _ = try Image(contentsOf: folder("none.jpg")) } == .missing)
        #expect(reason { _ = try ImageInformation(contentsOf: folder("none.jpg")) } == .missing)
        #expect(reason { _ = try Image(contentsOf: folder.path) } == .notAFile)
        #expect(reason { _ = try Image(contentsOf: "/dev/zero") } == .notAFile)

        func write(_ text: String) throws -> String {
            try folder.write(text, to: "a.png")
        }
        let empty = try write("")
        #expect(reason { _ = try Image(contentsOf: empty) } == .empty)
        for (text, hint) in [
            ("GIF89a..", "truncated"), ("<!DOCTYPE html>", "web page"), ("RIFF1234WEBPVP8 ", "truncated"),
            ("\u{0}\u{0}\u{0}\u{18}ftypheic\u{0}\u{0}\u{0}\u{0}", "HEIC or AVIF; convert it"),
            ("version https://git-lfs.github.com/spec/v1", "git lfs pull"), ("some text", "not a picture"),
        ] {
            let path = try write(text)
            do {
                _ = try Image(contentsOf: path)
                Issue.record("\(text) was decoded")
            } catch {
                #expect(error.description.contains(hint), "\(error)")
                #expect(error.description.hasPrefix(path))
            }
        }
    }

    @Test func formatComesFromContent() throws {
        let folder = try TemporaryFolder()
        let image = Fixture.picture(width: 6, height: 4)
        try image.writePNG(to: folder("a.jpg"))
        #expect(try Image(contentsOf: folder("a.jpg")) == image)
        #expect(try ImageInformation(contentsOf: folder("a.jpg")).format == .png)
    }

    @Test(arguments: PixelFormat.allCases) func pngKeepsEverySample(_ format: PixelFormat) throws {
        for level in [1, 2, 6, 9] {
            let image = Fixture.picture(width: 23, height: 17, format: format)
            let bytes = try image.pngBytes(compression: level)
            #expect(try Image(bytes: bytes, options: .init(format: format, isStrict: true)) == image)
        }
    }

    @Test(arguments: PixelFormat.allCases) func jpegIsClose(_ format: PixelFormat) throws {
        var image = Image(width: 40, height: 30, format: format)
        image.withUnsafeMutableBytes { bytes in
            for i in bytes.indices { bytes[i] = UInt8(60 + i / format.channels % 40 * 3) }
        }
        let decoded = try Image(bytes: image.jpegBytes(quality: 95, subsamplesChroma: false))
        #expect(largestDifference(decoded.bytes, image.converted(to: .rgb).bytes) <= 4)
        #expect(try image.jpegBytes(quality: 20).count < image.jpegBytes(quality: 95).count)
    }

    @Test func failedWritesLeaveNothing() throws {
        let folder = try TemporaryFolder()
        let image = Fixture.picture(width: 6, height: 4)
        try FileManager.default.createDirectory(atPath: folder("taken.png"), withIntermediateDirectories: false)
        for path in [folder("taken.png"), folder("no/such/folder.png")] {
            guard case .unwritable? = reason({ try image.writePNG(to: path) }) else {
                Issue.record("\(path) was written")
                continue
            }
        }
        #expect(folder.names() == ["taken.png"])
        guard case .unsupported? = reason({ try Image(width: 70_000, height: 1).writeJPEG(to: folder("wide.jpg")) })
        else {
            Issue.record("JPEG has 16-bit sides")
            return
        }
        #expect(folder.names() == ["taken.png"])
    }

    @Test func decodesOnManyThreads() async throws {
        let names = ["baseline-420.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.png"]
        let expected = try names.map { try Image(contentsOf: Fixture.path($0)) }
        let truncated = Array(try Fixture.bytes("progressive.jpg").dropLast(100))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for i in 0..<200 {
                group.addTask {
                    let k = i % names.count
                    guard (try? Image(bytes: truncated)) == nil else { return false }
                    return try Image(contentsOf: Fixture.path(names[k])) == expected[k]
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }

    /// More bytes than are put by for a photograph of its size, several times over.
    @Test func noiseTakesALargeFile() throws {
        var state: UInt32 = 1
        let bytes = (0..<300 * 300 * 3).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let image = Image(width: 300, height: 300, bytes: bytes)
        let file = try image.jpegBytes(quality: 100, subsamplesChroma: false)
        #expect(file.count > 4 * (4096 + 300 * 300 / 4))
        let back = try Image(bytes: file)
        let far = zip(bytes, back.bytes).count { abs(Int($0) - Int($1)) > 8 }
        #expect(back.width == 300 && back.height == 300 && far == 0, "\(far)")
    }
}
