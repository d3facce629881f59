import NeedletailImages

extension Effect {
    /// Samples and pixels changed at random.
    static let noises: [Definition] = [
        .pixels("noise", Setting("deviation", 2...10, within: 0...255), isSeeded: true) {
            $0.noisy(deviation: Float($1[0]), seed: $1.seed)
        },
        .pixels(
            "iso-noise", Setting("color-shift", 0.01...0.05, within: 0...1),
            Setting("intensity", 0.1...0.5, within: 0...10), isSeeded: true
        ) { image, numbers in
            var stream = numbers.stream
            return image.grainy(colors: Float(numbers[0]), brightness: Float(numbers[1]), from: &stream)
        },
        .pixels(
            "multiplicative-noise", Setting("multiplier", 0.9...1.1, within: 0...10, isRange: true), isSeeded: true
        ) { image, numbers in
            var stream = numbers.stream
            return image.changingPixels { pixel in
                let factor = Float(stream.number(in: numbers.range(0)))
                for c in 0..<3 { pixel[c] = Image.byte(Float(pixel[c]) * factor + 0.5) }
            }
        },
        .pixels(
            "salt-and-pepper", Setting("amount", 0.01...0.06, within: 0...1), Setting("salt", 0.4...0.6, within: 0...1),
            isSeeded: true
        ) { image, numbers in
            var stream = numbers.stream
            return image.changingPixels { pixel in
                let draw = Double(stream.nextUnit())
                if draw < numbers[0] { pixel.update(repeating: draw < numbers[0] * numbers[1] ? 255 : 0, count: 3) }
            }
        },
        .pixels("pixel-dropout", Setting("share", 0.01...0.01, within: 0...1), isSeeded: true) { image, numbers in
            var stream = numbers.stream
            return image.changingPixels { pixel in
                if Double(stream.nextUnit()) < numbers[0] { pixel.update(repeating: 0, count: 3) }
            }
        },
    ]
}
