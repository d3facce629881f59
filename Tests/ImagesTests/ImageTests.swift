import NeedletailGeometry
import NeedletailImages
import Testing

@Suite struct ImageTests {
    @Test func accessIsRowColumnChannel() {
        var image = Image(width: 3, height: 2, bytes: Array(0..<18))
        #expect(image[row: 1, column: 2, channel: 1] == 16)
        #expect(image.withUnsafeRow(1) { Array($0) } == Array(9..<18))
        let copy = image
        image[row: 0, column: 0, channel: 2] = 200
        #expect(image.bytes[2] == 200 && copy.bytes[2] == 2)
        #expect(Image(width: 2, height: 1, format: .rgba, filledWith: .white).bytes == Array(repeating: 255, count: 8))
    }

    @Test func cropsAndFlips() {
        let image = Image(width: 3, height: 2, bytes: Array(0..<18))
        #expect(image.cropped(x: 1, y: 1, width: 2, height: 1).bytes == Array(12..<18))
        #expect(image.cropped(x: 0, y: 0, width: 3, height: 2) == image)
        #expect(
            image.flippedHorizontally().bytes == [6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11])
        #expect(image.flippedHorizontally().flippedHorizontally() == image)
    }

    /// A quarter turn clockwise of  a b c / d e f  is  d a / e b / f c.
    @Test func turnsByHand() {
        let image = Image(width: 3, height: 2, format: .gray, bytes: [1, 2, 3, 4, 5, 6])
        let expected: [ImageOrientation: [UInt8]] = [
            .upright: [1, 2, 3, 4, 5, 6], .mirroredHorizontally: [3, 2, 1, 6, 5, 4], .rotated180: [6, 5, 4, 3, 2, 1],
            .mirroredVertically: [4, 5, 6, 1, 2, 3], .transposed: [1, 4, 2, 5, 3, 6],
            .needsClockwiseTurn: [4, 1, 5, 2, 6, 3], .transversed: [6, 3, 5, 2, 4, 1],
            .needsCounterclockwiseTurn: [3, 6, 2, 5, 1, 4],
        ]
        #expect(expected.count == ImageOrientation.allCases.count)
        for (orientation, bytes) in expected { #expect(image.applying(orientation).bytes == bytes, "\(orientation)") }
    }

    /// A box and the pixels under it go the same way.
    @Test(arguments: ImageOrientation.allCases) func boxesTurnWithTheImage(_ orientation: ImageOrientation) {
        var image = Image(width: 70, height: 41, format: .gray)
        for y in 5..<9 { for x in 12..<40 { image[row: y, column: x] = 9 } }
        let turned = image.applying(orientation)
        let box = orientation.upright(Box(x: 12, y: 5, width: 28, height: 4), width: 70, height: 41)
        var misplaced = 0
        for y in 0..<turned.height {
            for x in 0..<turned.width {
                let isInside =
                    Double(x) >= box.x && Double(x) < box.x2 && Double(y) >= box.y && Double(y) < box.y2
                if turned[row: y, column: x] != (isInside ? 9 : 0) { misplaced += 1 }
            }
        }
        #expect(misplaced == 0)
    }

    @Test func grayIsPillows() throws {
        let color = try Image(contentsOf: Fixture.path("rgb.png"))
        let gray = color.converted(to: .gray)
        #expect(try gray.bytes == Fixture.bytes("luma.gray"))
        // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
        #expect(Image(width: 1, height: 1, bytes: [200, 100, 50]).converted(to: .gray).bytes == [124])
        #expect(gray.converted(to: .rgb).converted(to: .gray) == gray)
    }
}
