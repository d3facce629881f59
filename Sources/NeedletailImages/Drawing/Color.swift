/// An opaque colour in sRGB, 8 bits a component.
public struct Color: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour written as `0xRRGGBB`.
    public init(_ code: UInt32) {
        red = UInt8(truncatingIfNeeded: code >> 16)
        green = UInt8(truncatingIfNeeded: code >> 8)
        blue = UInt8(truncatingIfNeeded: code)
    }

    public static let black = Color(0x000000)
    public static let white = Color(0xFFFFFF)

    /// Luminance as Pillow's conversion to grey has it: ITU-R 601 weights in 16-bit fixed point, rounded.
    @inline(__always)
    public var luma: UInt8 {
        let weighted: UInt32 = UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471
        return UInt8(truncatingIfNeeded: (weighted + 0x8000) >> 16)
    }
}
