import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime

/// The exponential moving average of a network's parameters, which often detects better than the parameters themselves.
///
/// The first update takes the parameters over, and each further one sets `average ← average + (1 - d)(w - average)`: as
/// torch's `AveragedModel` with `get_ema_multi_avg_fn`. With a ramp the decay after `t` updates is
/// `min(decay, (1 + t) / (10 + t))`, so that an average of few steps does not hang on to the first ones. An update has
/// the same bits at any number of threads.
public final class WeightAverage {
    /// What is averaged: all that training changes, running statistics of normalisation among it.
    public let parameters: [Parameter]
    public let decay: Double
    public let hasRamp: Bool
    /// Updates so far.
    public var updateCount = 0
    /// Whether the parameters hold the averages at the moment, and this the parameters.
    public private(set) var isSwapped = false
    private let storages: [FloatStorage]

    private static let grain = 65_536

    /// - Parameter decay: 0 to 1; the average is over about `1 / (1 - decay)` steps.
    /// - Throws: `OutOfMemoryError`
    public init(of parameters: [Parameter], decay: Double, hasRamp: Bool = true) throws {
        self.parameters = parameters
        self.decay = decay
        self.hasRamp = hasRamp
        storages = try parameters.map { try FloatStorage(count: $0.count) }
    }

    /// The averages, to be written to a file or filled from one; empty before the first update. Set ``updateCount``
    /// first for that.
    public var averages: [(parameter: Parameter, values: UnsafeMutableBufferPointer<Float>)] {
        updateCount == 0 ? [] : zip(parameters, storages).map { ($0, $1.values) }
    }

    /// Bytes of ``averages`` after the first update.
    public var byteCount: Int { storages.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }

    /// Takes in the parameters as a step has left them.
    ///
    /// - Precondition: The parameters hold their own values.
    public func update(pool: ThreadPool) {
        precondition(!isSwapped, "the averages would be averaged")
        let count = Double(updateCount)
        let share = updateCount == 0 ? 1 : Float(1 - (hasRamp ? min(decay, (1 + count) / (10 + count)) : decay))
        updateCount += 1
        for (parameter, storage) in zip(parameters, storages) {
            guard let weights = parameter.values.baseAddress else { continue }
            let average = storage.pointer
            if share == 1 {
                average.update(from: weights, count: parameter.count)
                continue
            }
            pool.run(count: parameter.count, grain: Self.grain) { range, _ in
                for index in range { average[index] += share * (weights[index] - average[index]) }
            }
        }
    }

    /// Exchanges the parameters and their averages: once for the network to work with the averages, once more to have
    /// the parameters back. Nothing happens before the first update.
    public func swap(pool: ThreadPool) {
        guard updateCount > 0 else { return }
        isSwapped.toggle()
        for (parameter, storage) in zip(parameters, storages) {
            let other = storage.pointer
            parameter.update { values in
                guard let weights = values.baseAddress else { return }
                pool.run(count: values.count, grain: Self.grain) { range, _ in
                    for index in range {
                        let weight = weights[index]
                        weights[index] = other[index]
                        other[index] = weight
                    }
                }
            }
        }
    }
}
