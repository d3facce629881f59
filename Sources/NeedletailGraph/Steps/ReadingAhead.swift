import NeedletailKernels

/// Which steps read weights of which others ahead.
package struct ReadAheadSchedule {
    /// What a step has to do with it. Numbers are floats.
    package enum Role: Equatable {
        /// It multiplies most of the time, and can bring that many into the caches by the way.
        case reads(Int)
        /// It waits for that many most of the time.
        case waits(Int)
        case neither
    }

    /// Some of the weights of a later step, as a fraction of what each thread reads of them.
    package struct Part: Equatable {
        package var step: Int
        package var part: Range<Float>

        package init(step: Int, part: Range<Float>) {
            self.step = step
            self.part = part
        }
    }

    /// By the number of the step that reads them.
    package private(set) var parts: [Int: Part] = [:]

    /// Gives what the first of those that wait reads to the nearest steps before it, then what the second reads to those that
    /// are left, and so on.
    package init(_ roles: [Role]) {
        for (step, role) in roles.enumerated() {
            guard case .waits(let count) = role, count > 0 else { continue }
            var end: Float = 1
            for reader in (0..<step).reversed() where end > 0 && parts[reader] == nil {
                guard case .reads(let room) = roles[reader], room > 0 else { continue }
                let start = max(0, end - Float(room) / Float(count))
                parts[reader] = Part(step: step, part: start..<end)
                end = start
            }
        }
    }
}

/// A part of the weights of a later step.
struct WeightsAhead {
    let found: PackedWeights.Found
    let part: Range<Float>

    /// Nil as long as the later step keeps no packed weights. They may be out of date: it is only where they lie that counts.
    var memory: ReadAhead? {
        found.weights.map { ReadAhead(memory: UnsafeBufferPointer($0.values), part: part) }
    }
}

extension ConvolutionStep {
    /// Pixels with which a weight is multiplied, below which reading it takes longer.
    private static let fewPixels = 4
    /// Weights that are read faster than a step begins, and that the caches have no room for.
    private static let fewWeights = 16 * 1024, manyWeights = 4 * 1024 * 1024

    fileprivate var readAheadRole: ReadAheadSchedule.Role {
        guard kernel.readAheadCount > 0 else { return .neither }
        let weights = kernel.packedCount
        guard multiplyAdds < Self.fewPixels * weights else { return .reads(kernel.readAheadCount) }
        return Self.fewWeights...Self.manyWeights ~= weights ? .waits(weights) : .neither
    }
}

/// Lets the steps that multiply most of the time read weights of those that wait for theirs, such as the last layers of a
/// classifier.
package func readingAhead(_ steps: [any Step]) -> [any Step] {
    let convolutions = steps.map { $0 as? ConvolutionStep }
    var result = steps
    for (reader, ahead) in ReadAheadSchedule(convolutions.map { $0?.readAheadRole ?? .neither }).parts {
        guard var step = convolutions[reader], let later = convolutions[ahead.step] else { continue }
        step.ahead = WeightsAhead(found: later.found, part: ahead.part)
        result[reader] = step
    }
    return result
}
