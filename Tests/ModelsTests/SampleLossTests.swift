import Foundation
import NeedletailModels
import ReferenceFormula
import Testing

/// Losses of classifiers against torch's (`Tests/References/sample_losses.py`), by hand and by finite differences.
@Suite struct SampleLossTests {
    private static let losses: [String: SampleLoss] = [
        "cross-entropy": .crossEntropy, "cross-entropy smoothed": .crossEntropy(labelSmoothing: 0.1),
        "cross-entropy of large numbers": .crossEntropy, "binary cross-entropy": .binaryCrossEntropy,
        "binary cross-entropy smoothed": .binaryCrossEntropy(labelSmoothing: 0.2),
        "binary cross-entropy of large numbers": .binaryCrossEntropy, "mean squared error": .meanSquaredError,
        "mean absolute error": .meanAbsoluteError, "huber": .huber(delta: 0.7),
    ]

    private static func wanted(_ labels: [Int], of count: Int) -> [Float] {
        (0..<count).map { labels.contains($0) ? 1 : 0 }
    }

    @Test func torch() throws {
        let fixture = try Fixture("sample-losses", in: .module)["cases"]
        #expect(Set(fixture.keys) == Set(Self.losses.keys))
        for name in fixture.keys {
            let expected = fixture[name], loss = try #require(Self.losses[name])
            let scale = expected["scale"].float
            let outputs = Formula.signed("losses.outputs", count: 20).map { $0 * scale }
            let targets = expected["targets"].elements.map { Self.wanted($0.ints, of: 5) }
            var gradient = [Float](repeating: .nan, count: 20)
            let (values, mean) = outputs.withUnsafeBufferPointer { outputs in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    (
                        loss.values(of: outputs, targets: targets),
                        loss.cost(of: outputs, targets: targets, gradient: gradient)
                    )
                }
            }
            #expect(relativeError(values.map { Float($0) }, expected["samples"].floats) < 2e-6, "\(name)")
            #expect(relativeError([mean], [expected["mean"].float]) < 2e-6, "\(name)")
            #expect(relativeError(gradient, expected["gradient"].floats) < 2e-6, "\(name)")
        }
    }

    @Test func finiteDifferences() {
        let outputs: [Float] = [0.3, -1.2, 2.1, 0.05], targets: [Float] = [0, 1, 0, 1]
        func value(_ loss: SampleLoss, _ outputs: [Float]) -> Double {
            outputs.withUnsafeBufferPointer { loss.value(of: $0, targets: targets) }
        }
        for loss in Self.losses.values {
            var gradient = [Float](repeating: 0, count: 4)
            outputs.withUnsafeBufferPointer { outputs in
                gradient.withUnsafeMutableBufferPointer {
                    _ = loss.value(of: outputs, targets: targets, gradient: $0)
                }
            }
            for index in outputs.indices {
                var (above, below) = (outputs, outputs)
                above[index] += 1e-3
                below[index] -= 1e-3
                let slope = (value(loss, above) - value(loss, below)) / Double(above[index] - below[index])
                #expect(abs(Double(gradient[index]) - slope) < 1e-3, "\(loss) \(index)")
            }
        }
    }

    /// Of the numbers 1, 3, 2 the second is greatest: right for class 1, wrong for class 2; half of both is wrong.
    @Test func zeroOne() {
        let outputs: [Float] = [1, 3, 2, 1, 3, 2]
        let targets: [[Float]] = [[0, 1, 0], [0, 0, 1]]
        outputs.withUnsafeBufferPointer { outputs in
            #expect(SampleLoss.zeroOne.values(of: outputs, targets: targets) == [0, 1])
            #expect(SampleLoss.zeroOne.cost(of: outputs, targets: targets) == 0.5)
        }
    }

    /// What is no number must not be taken for a small loss.
    @Test func whatIsNoNumberShows() {
        for loss in Self.losses.values {
            let outputs: [Float] = [.nan, 1, 2]
            #expect(!outputs.withUnsafeBufferPointer { loss.value(of: $0, targets: [0, 1, 0]) }.isFinite, "\(loss)")
        }
    }
}
