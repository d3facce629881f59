import NeedletailGeometry
import NeedletailImages
import NeedletailRandom

extension Effect {
    /// Regular holes, which take from the visibility of boxes.
    static let dropouts: [Definition] = [
        // The unit is a share of the shorter side, the ratio that of a hole's side to it.
        Definition(
            name: "grid-dropout",
            settings: [
                Setting("unit", 0.1...0.1, within: 0.005...1), Setting("ratio", 0.5...0.5, within: 0...1),
            ], isSeeded: true
        ) { sample, numbers in
            let frame = sample.image.frame
            let unit = max(Int(numbers[0] * Double(min(frame.width, frame.height))), 2)
            let side = Int((numbers[1] * Double(unit)).rounded())
            guard side > 0 else { return }
            var stream = numbers.stream
            let left = stream.below(unit) - unit, top = stream.below(unit) - unit
            let holes = stride(from: top, to: frame.height, by: unit).flatMap { y in
                stride(from: left, to: frame.width, by: unit).map { x in
                    PixelRectangle(x: x, y: y, width: side, height: side)
                }
            }
            for hole in holes { sample.image.fill(hole, with: ImageOperation.ground) }
            sample.cover(holes.map(\.box))
        }
    ]
}
