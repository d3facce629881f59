/// What the bytes of a pixel mean. Every format has 8 bits a channel.
public enum PixelFormat: String, Hashable, Sendable, CaseIterable {
    /// One byte: luminance.
    case gray
    /// Three bytes: red, green, blue. What everything else in the package expects.
    case rgb
    /// Four bytes: red, green, blue and opacity, not premultiplied.
    case rgba

    /// Bytes a pixel: 1, 3 or 4.
    public var channels: Int {
        switch self {
        case .gray: 1
        case .rgb: 3
        case .rgba: 4
        }
    }
}
