import NeedletailPlatform

/// Softmax cross-entropy, averaged over a batch.
public enum CrossEntropy {
    /// Returns the mean loss of `[count, classes]` logits and writes its gradient.
    ///
    /// With `p = softmax(logits)` the loss of a row is `-log p[label]` and its gradient `(p - onehot(label)) / count`.
    ///
    /// - Parameters:
    ///   - labels: The right class of each row, in `0..<classes`.
    ///   - gradient: Receives the gradient, of the logits' shape; nil to skip it.
    public static func loss(
        logits: UnsafeBufferPointer<Float>, labels: [Int], gradient: UnsafeMutableBufferPointer<Float>?
    ) -> Float {
        let classes = logits.count / max(labels.count, 1)
        var total = 0.0
        for (row, label) in labels.enumerated() {
            let values = logits[row * classes..<(row + 1) * classes]
            precondition((0..<classes).contains(label), "label \(label) is not one of \(classes) classes")
            let logSum = logSum(values)
            total += logSum - Double(logits[row * classes + label])
            guard let gradient else { continue }
            for index in 0..<classes {
                let probability = probability(logits[row * classes + index], logSum: logSum)
                gradient[row * classes + index] = Float((probability - (index == label ? 1 : 0)) / Double(labels.count))
            }
        }
        return Float(total / Double(labels.count))
    }

    /// The logarithm of the sum of `exp` of the logits of a row.
    static func logSum(_ logits: Slice<UnsafeBufferPointer<Float>>) -> Double {
        let greatest = logits.max() ?? 0
        let sum = logits.reduce(0.0) { $0 + exp(Double($1 - greatest)) }
        return log(sum) + Double(greatest)
    }

    /// The softmax of a logit of the row.
    static func probability(_ logit: Float, logSum: Double) -> Double { exp(Double(logit) - logSum) }
}
