import NeedletailPlatform

/// How far a network's numbers for one sample are from what they should be.
///
/// What a sample should give is a number for each output: 1 for the classes that it shows and 0 for the others. The losses
/// and their gradients are those of torch's functions with `reduction="mean"`: over a sample's outputs where a loss is a sum
/// over them, and over samples in ``cost(of:targets:gradient:)``.
public enum SampleLoss: Codable, Hashable, Sendable {
    /// `-Σ tᵢ log softmax(x)ᵢ`. With a smoothing of `ε` the targets are `(1 - ε) t + ε / outputs`.
    case crossEntropy(labelSmoothing: Float)
    /// The mean of `-t log σ(x) - (1 - t) log(1 - σ(x))`. With a smoothing of `ε` the targets are `(1 - ε) t + ε / 2`.
    case binaryCrossEntropy(labelSmoothing: Float)
    /// The mean of `(x - t)²`.
    case meanSquaredError
    /// The mean of `|x - t|`.
    case meanAbsoluteError
    /// The mean of `(x - t)² / 2` where that is at most `delta` apart, and `delta (|x - t| - delta / 2)` beyond.
    case huber(delta: Float)
    /// 1 where the greatest number is not that of a class that the sample shows, 0 otherwise. It has no gradient: a measure.
    case zeroOne

    public static let crossEntropy = SampleLoss.crossEntropy(labelSmoothing: 0)
    public static let binaryCrossEntropy = SampleLoss.binaryCrossEntropy(labelSmoothing: 0)

    /// The loss of a sample; its gradient, divided by a number, is written where there is room.
    ///
    /// - Parameters:
    ///   - outputs: The network's, at least one.
    ///   - targets: As many, 0 to 1.
    ///   - gradient: Receives as many numbers; nil to skip them.
    ///   - divisor: Of the gradient: the number of samples whose mean is taken.
    public func value(
        of outputs: UnsafeBufferPointer<Float>, targets: [Float], gradient: UnsafeMutableBufferPointer<Float>? = nil,
        divisor: Double = 1
    ) -> Double {
        precondition(outputs.count == targets.count, "\(outputs.count) outputs for \(targets.count) targets")
        switch self {
        case .crossEntropy(let smoothing):
            return Self.softmaxLoss(outputs, smoothed(targets, by: smoothing, towards: 1 / Double(outputs.count))) {
                gradient?[$0] = Float($1 / divisor)
            }
        case .binaryCrossEntropy(let smoothing):
            let targets = smoothed(targets, by: smoothing, towards: 0.5)
            return mean(outputs, gradient, divisor) { index, output in
                // log(1 + exp(-|x|)) does not overflow on either side.
                let decay = exp(-abs(output))
                let probability = output >= 0 ? 1 / (1 + decay) : decay / (1 + decay)
                return (max(output, 0) - output * targets[index] + log1p(decay), probability - targets[index])
            }
        case .meanSquaredError:
            return mean(outputs, gradient, divisor) { index, output in
                let difference = output - Double(targets[index])
                return (difference * difference, 2 * difference)
            }
        case .meanAbsoluteError:
            return mean(outputs, gradient, divisor) { index, output in
                let difference = output - Double(targets[index])
                return (abs(difference), difference > 0 ? 1 : difference < 0 ? -1 : 0)
            }
        case .huber(let delta):
            let delta = Double(delta)
            return mean(outputs, gradient, divisor) { index, output in
                let difference = output - Double(targets[index])
                guard abs(difference) > delta else { return (difference * difference / 2, difference) }
                return (delta * (abs(difference) - delta / 2), difference > 0 ? delta : -delta)
            }
        case .zeroOne:
            gradient?.update(repeating: 0)
            let greatest = outputs.max() ?? 0
            let place = outputs.firstIndex(of: greatest) ?? 0
            return targets[place] > 0 ? 0 : 1
        }
    }

    /// The loss of each sample.
    ///
    /// - Parameter targets: Of each sample, a number for each output.
    public func values(of outputs: UnsafeBufferPointer<Float>, targets: [[Float]]) -> [Double] {
        targets.indices.map { value(of: Self.row($0, of: outputs, count: targets.count), targets: targets[$0]) }
    }

    /// The mean of the losses of a batch, and its gradient where there is room: the cost that training makes smaller.
    public func cost(
        of outputs: UnsafeBufferPointer<Float>, targets: [[Float]], gradient: UnsafeMutableBufferPointer<Float>? = nil
    ) -> Float {
        var total = 0.0
        for (index, target) in targets.enumerated() {
            let row = Self.row(index, of: outputs, count: targets.count)
            let room = gradient.map {
                UnsafeMutableBufferPointer(rebasing: $0[index * row.count..<(index + 1) * row.count])
            }
            total += value(of: row, targets: target, gradient: room, divisor: Double(targets.count))
        }
        return Float(total / Double(targets.count))
    }

    private static func row(
        _ index: Int, of outputs: UnsafeBufferPointer<Float>, count: Int
    ) -> UnsafeBufferPointer<Float> {
        let width = outputs.count / max(count, 1)
        return UnsafeBufferPointer(rebasing: outputs[index * width..<(index + 1) * width])
    }

    private func smoothed(_ targets: [Float], by smoothing: Float, towards even: Double) -> [Double] {
        guard smoothing > 0 else { return targets.map { Double($0) } }
        return targets.map { Double($0) * (1 - Double(smoothing)) + Double(smoothing) * even }
    }

    private static func softmaxLoss(
        _ outputs: UnsafeBufferPointer<Float>, _ targets: [Double], gradient: (Int, Double) -> Void
    ) -> Double {
        let softmax = SoftmaxRow(outputs)
        let weight = targets.reduce(0, +)
        var loss = 0.0
        for (index, target) in targets.enumerated() {
            // A number that is not finite must show, whatever the target.
            let output = Double(outputs[index])
            if target != 0 || !output.isFinite { loss += target * (softmax.logSum - output) }
            gradient(index, softmax.probability(outputs[index]) * weight - target)
        }
        return loss
    }

    private func mean(
        _ outputs: UnsafeBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>?, _ divisor: Double,
        _ term: (Int, Double) -> (value: Double, slope: Double)
    ) -> Double {
        var total = 0.0
        let count = Double(outputs.count)
        for (index, output) in outputs.enumerated() {
            let (value, slope) = term(index, Double(output))
            total += value
            gradient?[index] = Float(slope / count / divisor)
        }
        return total / count
    }
}
