import CKernels
import Foundation
import NeedletailKernels
import ReferenceKernels
import Testing

extension CKernelsTests {
    /// Every magnitude from 2⁻³⁰ to beyond what `exp` can represent, of both signs, and what is special.
    private static let points: [Float] = {
        var random = RandomFloats(seed: 21)
        let magnitudes = (0..<4001).map { index in
            Float(sign: .plus, exponent: index % 37 - 30, significand: 1.5 + random.next(1)[0] / 2)
        }
        return magnitudes + magnitudes.map { -$0 } + [0, -0.0, 3, -3, 6, .leastNonzeroMagnitude, .infinity]
    }()

    @Test("Activations agree with double precision", arguments: variants, Activation.examples)
    func activationValues(variant: Variant, activation: Activation) {
        let input = GuardedBuffer(Self.points), output = GuardedBuffer(count: Self.points.count)
        needletail_activate(
            variant.kernels, activation.code, activation.slope, input.count, input.pointer, output.pointer)
        #expect(output.isIntact)
        for (x, value) in zip(Self.points, output.values) {
            let expected = activation.exactValue(Double(x))
            let error = value == Float(expected) ? 0 : abs(Double(value) - expected)
            // Below that the exponential of -x and what it is multiplied by are no normal numbers.
            var tolerance = max(2e-7 * abs(expected), 2e-36)
            // The exponential of -x²/2 knows x² to its last digit only.
            if activation == .gelu { tolerance = max(5e-7 * abs(expected), 1e-9 * min(Double(abs(x)), 10), tolerance) }
            #expect(error <= tolerance, "\(activation)(\(x)) is \(expected), not \(value)")
        }
    }

    @Test("Gradients of activations agree with double precision", arguments: variants, Activation.examples)
    func activationGradients(variant: Variant, activation: Activation) {
        let points = Self.points.filter { $0.isFinite }
        let values = GuardedBuffer(activation.derivativeFollowsFromOutput ? points.map { activation($0) } : points)
        var random = RandomFloats(seed: 22)
        let before = random.next(points.count), gradient = GuardedBuffer(before)
        needletail_activation_gradient(
            variant.kernels, activation.code, activation.slope, points.count, values.pointer, gradient.pointer)
        #expect(gradient.isIntact)
        for index in points.indices {
            let x = points[index]
            let expected = Double(before[index]) * activation.exactDerivative(at: Double(x))
            let error = abs(Double(gradient.pointer[index]) - expected)
            let tolerance = 4e-7 * abs(Double(before[index]))
            #expect(error <= tolerance, "\(activation) at \(x)")
        }
    }

    /// One float at a time and all at once: the same bits in every lane and behind every end.
    @Test("Activations give the same bits at any place", arguments: variants, Activation.examples)
    func activationPlaces(variant: Variant, activation: Activation) {
        let input = Array(Self.points.prefix(331))
        let together = GuardedBuffer(input)
        needletail_activate(
            variant.kernels, activation.code, activation.slope, input.count, together.pointer, together.pointer)
        let apart = GuardedBuffer(input)
        for index in input.indices {
            needletail_activate(
                variant.kernels, activation.code, activation.slope, 1, apart.pointer + index, apart.pointer + index)
        }
        #expect(together.values.map(\.bitPattern) == apart.values.map(\.bitPattern))
        #expect(apart.isIntact)
    }

    @Test("NaN stays NaN, as value and as gradient", arguments: variants, Activation.examples)
    func activationOfNaN(variant: Variant, activation: Activation) {
        let values = GuardedBuffer([.nan, 1, .nan])
        needletail_activate(variant.kernels, activation.code, activation.slope, 3, values.pointer, values.pointer)
        #expect(values.pointer[0].isNaN && !values.pointer[1].isNaN && values.pointer[2].isNaN)
        let inside = GuardedBuffer([0.5, 0.5]), gradient = GuardedBuffer([.nan, 1])
        needletail_activation_gradient(
            variant.kernels, activation.code, activation.slope, 2, inside.pointer, gradient.pointer)
        #expect(gradient.pointer[0].isNaN && gradient.pointer[1].isFinite)
    }

    /// Three rows: scores of any kind, some of them masked, and nothing but masked ones.
    @Test("Softmax agrees with double precision", arguments: variants, [1, 2, 7, 15, 16, 17, 33, 1000])
    func softmax(variant: Variant, channels: Int) {
        var random = RandomFloats(seed: 23)
        var scores = random.next(3 * channels).map { 40 * $0 + 200 }
        for channel in stride(from: 1, to: channels, by: 3) { scores[channels + channel] = -.infinity }
        for channel in 0..<channels { scores[2 * channels + channel] = -.infinity }
        let input = GuardedBuffer(scores), output = GuardedBuffer(count: 3 * channels)
        needletail_softmax(variant.kernels, channels, input.pointer, output.pointer, 0, 3)
        #expect(output.isIntact && input.values == scores)
        for row in 0..<2 {
            let own = scores[row * channels..<(row + 1) * channels].map { Double($0) }
            let greatest = own.max() ?? 0, sum = own.reduce(0) { $0 + exp($1 - greatest) }
            for (channel, score) in own.enumerated() {
                let value = Double(output.values[row * channels + channel]), expected = exp(score - greatest) / sum
                #expect(abs(value - expected) <= max(5e-7 * expected, 1.3e-38), "\(row), \(channel)")
                #expect(score > -.infinity || value == 0, "what is masked has no share")
            }
        }
        #expect(output.values[(2 * channels)...].allSatisfy { $0.isNaN })
        // In place, and the last row alone.
        needletail_softmax(variant.kernels, channels, input.pointer, input.pointer, 0, 2)
        #expect(input.values.prefix(2 * channels).elementsEqual(output.values.prefix(2 * channels)))
        #expect(input.values.suffix(channels).elementsEqual(scores.suffix(channels)))
    }
}
