import NeedletailImages

extension Effect {
    /// The image turned over; boxes go with it.
    static let orientations: [Definition] = [
        .orientation("flip-horizontal", .mirroredHorizontally), .orientation("flip-vertical", .mirroredVertically),
        .orientation("transpose", .transposed),
    ]

    /// Pixels moved, within an image of the same size; boxes go with them.
    static let warps: [Definition] = [
        // Shares of the sides by which the corners of what is seen lie further in: x and y of top left, top right, bottom
        // right, bottom left. Within these limits they stay convex.
        .warp("perspective", Setting("scale", 0...0.1, within: -0.2...0.25, count: 8)) { numbers, width, height in
            let shares = numbers.values[0]
            let corners = [SIMD2(0.0, 0.0), SIMD2(1.0, 0.0), SIMD2(1.0, 1.0), SIMD2(0.0, 1.0)].enumerated().map {
                let inwards = SIMD2(1, 1) - 2 * $1
                return ($1 + inwards * SIMD2(shares[2 * $0], shares[2 * $0 + 1])) * SIMD2(width, height)
            }
            return PerspectiveMap(corners: corners, width: width, height: height)
        },
        .warp(
            "elastic", Setting("alpha", 20...60, within: 0...10_000), Setting("deviation", 4...8, within: 0.5...200),
            isSeeded: true
        ) { numbers, width, height in
            var stream = numbers.stream
            return ElasticMap(
                alpha: numbers[0], deviation: numbers[1], width: Int(width), height: Int(height), from: &stream)
        },
        .warp("optical-distortion", Setting("distort", -0.05...0.05, within: -0.3...1)) {
            LensMap(strength: $0[0], width: $1, height: $2)
        },
        .warp(
            "grid-distortion", Setting("steps", 5...5, within: 1...100, isWhole: true),
            Setting("distort", -0.3...0.3, within: -0.9...0.9, isRange: true), isSeeded: true
        ) { numbers, width, height in
            var stream = numbers.stream
            return GridMap(
                steps: Int(numbers[0]), distortion: numbers.range(1), width: width, height: height, from: &stream)
        },
    ]
}

extension Effect.Definition {
    fileprivate static func orientation(_ name: String, _ orientation: ImageOrientation) -> Self {
        Self(name: name, settings: []) { sample, _ in sample.turn(orientation) }
    }

    fileprivate static func warp(
        _ name: String, _ settings: Effect.Setting..., isSeeded: Bool = false,
        map: @escaping @Sendable (Effect.Numbers, _ width: Double, _ height: Double) -> any Warp
    ) -> Self {
        Self(name: name, settings: settings, isSeeded: isSeeded) { sample, numbers in
            sample.warp(by: map(numbers, Double(sample.image.width), Double(sample.image.height)))
        }
    }
}

extension LabeledImage {
    /// As if the image had been stored in this orientation.
    mutating func turn(_ orientation: ImageOrientation) {
        let (width, height) = (image.width, image.height)
        image = image.applying(orientation)
        moveObjects { orientation.upright($0, width: width, height: height) }
    }

    mutating func warp(by warp: some Warp) {
        image = image.warped(by: warp, fill: ImageOperation.ground)
        moveObjects(warp.apply)
    }
}
