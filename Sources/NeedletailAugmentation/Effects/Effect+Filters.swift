import NeedletailImages

extension Effect {
    /// Every pixel from those around it.
    static let filters: [Definition] = [
        .pixels("blur", Setting("deviation", 0.3...2, within: 0.01...100)) { $0.blurred(deviation: Float($1[0])) },
        .pixels(
            "motion-blur", Setting("size", 3...7, within: 1...201, isWhole: true),
            Setting("angle", 0...360, within: -360...360)
        ) { $0.convolved(.line(length: $1[0], angle: $1[1])) },
        .pixels("median-blur", Setting("size", 3...7, within: 1...101, isWhole: true)) {
            $0.medianFiltered(radius: Int($1[0]) / 2)
        },
        .pixels(
            "zoom-blur", Setting("factor", 1.02...1.15, within: 1...2), Setting("step", 0.01...0.03, within: 0.005...1)
        ) { $0.zoomBlurred(factor: $1[0], step: $1[1]) },
        .pixels(
            "glass-blur", Setting("deviation", 0.7...0.7, within: 0.01...100),
            Setting("distance", 4...4, within: 1...100, isWhole: true),
            Setting("iterations", 1...2, within: 1...20, isWhole: true), isSeeded: true
        ) { image, numbers in
            var stream = numbers.stream
            return image.blurred(deviation: Float(numbers[0]))
                .scattered(distance: Int(numbers[1]), iterations: Int(numbers[2]), from: &stream)
                .blurred(deviation: Float(numbers[0]))
        },
        .pixels("defocus", Setting("radius", 3...10, within: 0...30)) { $0.convolved(.disc(radius: $1[0])) },
        .pixels(
            "ringing", Setting("size", 7...15, within: 3...41, isWhole: true),
            Setting("cutoff", 0.785...1.571, within: 0.01...3.141)
        ) { $0.convolved(.lowPass(radius: Int($1[0]) / 2, cutoff: $1[1])) },
        .pixels("sharpness", Setting("factor", 0...3, within: factors)) {
            $0.sharpnessAdjusted(by: Float($1[0]))
        },
        .pixels("sharpen", Setting("alpha", 0.2...0.5, within: 0...1), Setting("lightness", 0.5...1, within: 0...10)) {
            let weight = Float($1[0]), center = Float($1[1])
            return $0.convolved(.blend(weight, [-1, -1, -1, -1, 8 + center, -1, -1, -1, -1]))
        },
        .pixels("emboss", Setting("alpha", 0.2...0.5, within: 0...1), Setting("strength", 0.2...0.7, within: 0...10)) {
            let weight = Float($1[0]), s = Float($1[1])
            return $0.convolved(.blend(weight, [-1 - s, -s, 0, -s, 1, s, 0, s, 1 + s]))
        },
        .pixels("downscale", Setting("scale", 0.25...0.5, within: 0.001...1)) { $0.pixelated(scale: $1[0]) },
        .pixels("jpeg", Setting("quality", 30...90, within: 1...100, isWhole: true)) {
            try Image(bytes: $0.jpegBytes(quality: Int($1[0]))).converted(to: .rgb)
        },
        .pixels(
            "superpixels", Setting("segments", 50...120, within: 1...5000, isWhole: true),
            Setting("share", 0.1...0.5, within: 0...1), isSeeded: true
        ) { image, numbers in
            var stream = numbers.stream
            return image.superpixelated(segments: Int(numbers[0]), share: numbers[1], from: &stream)
        },
    ]
}
