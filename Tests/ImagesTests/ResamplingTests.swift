import NeedletailImages
import Testing

@Suite struct ResamplingTests {
    static let mean = SIMD3<Float>(0.485, 0.456, 0.406)
    static let deviation = SIMD3<Float>(0.229, 0.224, 0.225)

    static func resample(
        _ image: Image, width: Int, height: Int, mean: SIMD3<Float> = mean, deviation: SIMD3<Float> = deviation,
        padding: Int = 0, flipped: Bool = false
    ) -> [Float] {
        let stride = 3 * width + padding
        var output = [Float](repeating: .nan, count: stride * height)
        output.withUnsafeMutableBufferPointer {
            image.resample(
                into: $0.baseAddress!, rowStride: stride, width: width, height: height, mean: mean,
                deviation: deviation, flippedHorizontally: flipped)
        }
        return output
    }

    @Test func agreesWithPyTorch() throws {
        let data = try Fixture.bytes("resize.bin")
        var offset = 0
        func integer() -> Int {
            defer { offset += 4 }
            return Int(
                UInt32(littleEndian: data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) })
            )
        }
        var cases = 0
        while offset < data.count {
            let width = integer(), height = integer(), newWidth = integer(), newHeight = integer()
            let isNormalised = integer() == 1
            let image = Image(width: width, height: height, bytes: Array(data[offset..<offset + width * height * 3]))
            offset += (width * height * 3 + 3) / 4 * 4
            let expected = (0..<newWidth * newHeight * 3).map { _ in Float(bitPattern: UInt32(integer())) }
            let found = Self.resample(
                image, width: newWidth, height: newHeight, mean: isNormalised ? Self.mean : .zero,
                deviation: isNormalised ? Self.deviation : .one)
            let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference < 5e-6, "\(width)x\(height) to \(newWidth)x\(newHeight)")
            cases += 1
        }
        #expect(cases == 8)
    }

    /// Against the formula in double precision; a network's input spans about 5.
    @Test func agreesWithDoublePrecision() {
        for (width, height, newWidth, newHeight) in [
            (64, 48, 107, 80), (33, 57, 20, 19), (5, 4, 128, 64), (9, 9, 1, 1),
        ] {
            let image = Fixture.picture(width: width, height: height, seed: width)
            let found = Self.resample(image, width: newWidth, height: newHeight)
            var largest = 0.0
            for y in 0..<newHeight {
                for x in 0..<newWidth {
                    for c in 0..<3 {
                        let sy = max(0, (Double(y) + 0.5) * Double(height) / Double(newHeight) - 0.5)
                        let sx = max(0, (Double(x) + 0.5) * Double(width) / Double(newWidth) - 0.5)
                        let y0 = min(Int(sy), height - 1), x0 = min(Int(sx), width - 1)
                        func value(_ y: Int, _ x: Int) -> Double {
                            let sample = image[row: min(y, height - 1), column: min(x, width - 1), channel: c]
                            return (Double(sample) / 255 - Double(Self.mean[c])) / Double(Self.deviation[c])
                        }
                        let ly = sy - Double(y0), lx = sx - Double(x0)
                        let top = value(y0, x0) * (1 - lx) + value(y0, x0 + 1) * lx
                        let bottom = value(y0 + 1, x0) * (1 - lx) + value(y0 + 1, x0 + 1) * lx
                        let expected = top * (1 - ly) + bottom * ly
                        largest = max(largest, abs(expected - Double(found[(y * newWidth + x) * 3 + c])))
                    }
                }
            }
            // Single-precision coordinates near 50 are known to 4e-6, and neighbours differ by up to 4.
            #expect(largest < 3e-5, "\(width)x\(height) to \(newWidth)x\(newHeight): \(largest)")
        }
    }

    @Test func flipIsAFlipBeforehand() {
        let image = Fixture.picture(width: 31, height: 12)
        let flipped = Self.resample(image, width: 50, height: 20, flipped: true)
        #expect(flipped == Self.resample(image.flippedHorizontally(), width: 50, height: 20))
        #expect(flipped != Self.resample(image, width: 50, height: 20))
    }

    @Test func keepsBetweenRows() {
        let image = Fixture.picture(width: 6, height: 5)
        let padded = Self.resample(image, width: 9, height: 7, padding: 5)
        let plain = Self.resample(image, width: 9, height: 7)
        for y in 0..<7 {
            #expect(Array(padded[y * 32..<y * 32 + 27]) == Array(plain[y * 27..<(y + 1) * 27]))
            #expect(padded[y * 32 + 27..<(y + 1) * 32].allSatisfy { $0.isNaN })
        }
    }

    @Test func grayIsRepeated() {
        let gray = Fixture.picture(width: 6, height: 5, format: .gray)
        #expect(
            Self.resample(gray, width: 9, height: 7) == Self.resample(gray.converted(to: .rgb), width: 9, height: 7))
    }

    @Test(arguments: PixelFormat.allCases) func resizedRounds(_ format: PixelFormat) {
        let image = Fixture.picture(width: 20, height: 14, format: format)
        #expect(image.resized(width: 20, height: 14) == image)
        let row = Image(width: 2, height: 1, format: .gray, bytes: [0, 100])
        // Positions 0, 0.25, 0.75 and 1 of the two samples.
        #expect(row.resized(width: 4, height: 1).bytes == [0, 25, 75, 100])
        guard format == .rgb else { return }
        let floats = Self.resample(image, width: 33, height: 9, mean: .zero, deviation: .one)
        let bytes = image.resized(width: 33, height: 9).bytes
        #expect(zip(floats, bytes).allSatisfy { abs($0 * 255 - Float($1)) <= 0.5001 })
    }

    /// Means of whole squares, rounded, of all formats; what is left over at the right and below counts for nothing.
    @Test(arguments: [(17, 11, 1), (17, 11, 2), (23, 19, 3), (40, 33, 7), (1030, 1025, 1024)])
    func shrinkingTakesMeans(_ width: Int, _ height: Int, _ factor: Int) {
        for format in [PixelFormat.gray, .rgb, .rgba] where factor < 100 || format == .gray {
            let image = Fixture.picture(width: width, height: height, format: format)
            let bytes = image.bytes
            let shrunk = image.shrunk(by: factor)
            #expect(shrunk.width == width / factor && shrunk.height == height / factor && shrunk.format == format)
            for y in 0..<shrunk.height {
                for x in 0..<shrunk.width {
                    for c in 0..<format.channels {
                        var sum = 0
                        for row in 0..<factor {
                            for column in 0..<factor {
                                let place = (y * factor + row) * width + x * factor + column
                                sum += Int(bytes[place * format.channels + c])
                            }
                        }
                        let area = factor * factor
                        #expect(Int(shrunk[row: y, column: x, channel: c]) == (sum + area / 2) / area)
                    }
                }
            }
        }
    }
}
