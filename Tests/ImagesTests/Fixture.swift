import Foundation
import NeedletailImages

/// Files made by the scripts in `References`.
enum Fixture {
    static func path(_ name: String) -> String {
        Bundle.module.bundlePath + "/Fixtures/" + name
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    }

    /// The words of each line.
    static func table(_ name: String) throws -> [[String]] {
        try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// Pictures that are not part of the package, beside it.
    static let sharedData: String = {
        var parts = #filePath.split(separator: "/").dropLast(3)
        parts.removeLast()
        return "/" + parts.joined(separator: "/") + "/shared/data"
    }()

    static func hasShared(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: sharedData + "/" + folder)
    }

    /// A smooth colour picture.
    static func picture(width: Int, height: Int, format: PixelFormat = .rgb, seed: Int = 1) -> Image {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<format.channels {
                    bytes.append(UInt8(truncatingIfNeeded: x * (3 + c) + y * (5 - c) + x * y / 7 + seed * 31))
                }
            }
        }
        return Image(width: width, height: height, format: format, bytes: bytes)
    }
}

/// FNV-1a, 64 bits, as sixteen hexadecimal digits.
func checksum(_ bytes: [UInt8]) -> String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// The largest difference between samples at the same place.
func largestDifference(_ first: [UInt8], _ second: [UInt8]) -> Int {
    guard first.count == second.count else { return .max }
    return zip(first, second).map { abs(Int($0) - Int($1)) }.max() ?? 0
}

func reason(_ body: () throws -> Void) -> ImageError.Reason? {
    do { try body() } catch { return (error as? ImageError)?.reason }
    return nil
}
