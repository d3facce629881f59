import NeedletailDatasets
import NeedletailGeometry

/// Reading many files on all cores, with the result that reading them one after the other would have.
enum ParallelReading {
    /// Reads `count` items in runs, each into a batch of its own.
    ///
    /// - Parameters:
    ///   - firstSource: The place of the first batch in the dataset's list of sources.
    ///   - isLenient: Whether an item that is no good is left out and listed in its batch's refusals.
    ///   - read: Reads the item of a number into a batch. Called from many threads, in order within a batch.
    /// - Returns: The batches in the order of the items.
    /// - Throws: What `read` throws for the first item that it throws for.
    static func batches(
        _ count: Int, firstSource: Int, isLenient: Bool = false, _ read: (Int, RecordBatch) throws -> Void
    ) throws -> [RecordBatch] {
        let length = max(1, min(512, (count + 63) / 64))
        let batches = (0..<(count + length - 1) / length).map { RecordBatch(source: firstSource + $0) }
        try forEach(batches.count) { number in
            for item in number * length..<min(count, (number + 1) * length) {
                do {
                    try read(item, batches[number])
                } catch let error as AnnotationError where isLenient {
                    batches[number].refusals.append(error)
                }
            }
        }
        return batches
    }

    /// Calls `body` with 0, 1 … `count - 1` on all cores.
    ///
    /// - Throws: What `body` throws for the lowest number that it throws for.
    static func forEach(_ count: Int, _ body: (Int) throws -> Void) throws {
        var failures = [(any Error)?](repeating: nil, count: count)
        failures.withUnsafeMutableBufferPointer { failures in
            nonisolated(unsafe) let failures = failures
            concurrentLoop(count) { number in
                do { try body(number) } catch { failures[number] = error }
            }
        }
        if let failure = failures.lazy.compactMap(\.self).first { throw failure }
    }
}
