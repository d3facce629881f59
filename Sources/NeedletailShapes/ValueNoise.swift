/// Smooth noise between 0 and 1: random values on a grid, two octaves of them, interpolated.
struct ValueNoise {
    private let lattice: [Float]

    init(random: inout SplitMix64) {
        lattice = (0..<256).map { _ in random.unit() }
    }

    subscript(_ place: Point) -> Float {
        octave(place) * 0.67 + octave(place * 2.3 + 7) * 0.33
    }

    @inline(__always)
    private func octave(_ place: Point) -> Float {
        let cell = place.rounded(.down)
        var t = place - cell
        t = t * t * (3 - 2 * t)
        let x = Int(cell.x), y = Int(cell.y)
        func value(_ x: Int, _ y: Int) -> Float { lattice[(x &* 37 &+ y &* 101 &+ (x &* y) &* 3) & 255] }
        let top = value(x, y) + (value(x + 1, y) - value(x, y)) * t.x
        let bottom = value(x, y + 1) + (value(x + 1, y + 1) - value(x, y + 1)) * t.x
        return top + (bottom - top) * t.y
    }
}
