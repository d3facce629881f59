import Needletail
import NeedletailKernels
import NeedletailProcesses

/// What a training step is made of, in seconds.
struct StepCosts: Encodable {
    /// What is between computers.
    struct Network: Encodable {
        var bytesPerSecond: Double
        /// Seconds of a short message.
        var latency: Double
    }

    /// What several processes have been measured to do.
    struct Together: Encodable {
        var processes: Int
        var network: Network
        /// Of a step that each takes for itself, all at the same time.
        var secondsApart: Double
        var secondsTogether: Double
        var efficiency: Double { secondsApart / secondsTogether }
        var predicted: Double
    }

    var name: String
    /// Forward and backward.
    var secondsPerImage: Double
    /// Of a step beside its images: the optimiser, and what does not grow with them.
    var secondsPerStep: Double
    /// Decoding and resizing, on one thread; it goes on while others compute.
    var secondsToRead: Double
    var threads: Int
    /// Of all that goes round in a step.
    var gradientBytes: Int
    /// Of two blocks of memory added to one of them, as many bytes as one has.
    var sumBytesPerSecond: Double
    var together: Together?

    /// A message that is one of many costs a process less than the latency.
    private static let secondsPerMessage = 2e-6
    /// Times that processes wait for one another in a step: the lengths and texts of what came of the batches, the slices of the
    /// gradients, their sums.
    private static let rounds = 4.0

    /// Of a step on one computer.
    func seconds(images: Double) -> Double {
        // The threads that compute also read.
        images * (secondsPerImage + secondsToRead / Double(threads)) + secondsPerStep
    }

    /// - Parameter images: On each computer.
    func seconds(images: Double, computers: Int, over network: Network) -> Double {
        guard computers > 1 else { return seconds(images: images) }
        let others = Double(computers - 1), bytes = Double(gradientBytes) * others / Double(computers)
        return seconds(images: images) + 2 * bytes / network.bytesPerSecond + bytes / sumBytesPerSecond
            + Self.rounds * (network.latency + others * Self.secondsPerMessage)
    }

    /// - Parameter layers: Trained ones of the backbone.
    init(
        _ name: String, _ detector: DenseDetector, layers: Int, images: Int, seconds: Double, pool: ThreadPool,
        group: any ProcessGroup
    ) throws {
        self.name = name
        threads = pool.threadCount
        let parameters = detector.trainedParameters(backboneStages: layers)
        func step(_ group: any ProcessGroup) throws -> TrainingStep<DenseDetector> {
            try TrainingStep(
                detector, parameters: parameters, optimizer: Optimizer(.init(), parameters: parameters),
                gradientNormLimit: 10, batchCount: group.count, pool: pool, group: group)
        }
        func median(_ step: TrainingStep<DenseDetector>, _ batch: TrainingBatch<DetectionTarget>, of count: Int = 1)
            throws
            -> Double
        {
            // As many in all processes, which wait for one another.
            let times = try (0..<12).map { _ in
                try ContinuousClock().measure {
                    let share = step.group.share(of: 0..<count, rank: step.group.rank)
                    step.begin(share, of: count, firstDraw: RandomDraw())
                    try step.addWave([BatchItem(batch: batch)])
                    try step.take(learningRate: 1e-5, isFinite: [Bool](repeating: true, count: count))
                }.seconds
            }
            return times.dropFirst(2).sorted()[5]
        }
        let alone = try step(SingleProcess())
        let one = TrainingSuite.batch(of: 1, transform: detector.inputTransform)
        let many = TrainingSuite.batch(of: images, transform: detector.inputTransform)
        _ = try group.gather(Message())
        let secondsOfOne = try median(alone, one), secondsOfMany = try median(alone, many)
        secondsPerImage = images > 1 ? (secondsOfMany - secondsOfOne) / Double(images - 1) : secondsOfOne
        secondsPerStep = max(secondsOfMany - secondsPerImage * Double(images), 0)
        let statistics = detector.runningStatistics.reduce(0) { $0 + $1.count }
        let count = parameters.reduce(0) { $0 + $1.count } + statistics
        gradientBytes = count * MemoryLayout<Float>.stride
        sumBytesPerSecond = Double(gradientBytes) / Self.secondsToSum(count)
        secondsToRead = try Self.secondsToRead(detector.inputTransform)
        guard !group.isAlone else { return }
        let network = try Self.network(group)
        let secondsTogether = try median(try step(group), many, of: group.count)
        var costs = self
        costs.secondsToRead = 0  // Nothing is read here.
        together = Together(
            processes: group.count, network: network, secondsApart: secondsOfMany, secondsTogether: secondsTogether,
            predicted: costs.seconds(images: Double(images))
                / costs.seconds(images: Double(images), computers: group.count, over: network))
    }

    private static func secondsToSum(_ count: Int) -> Double {
        var (left, right) = ([Float](repeating: 1, count: count), [Float](repeating: 2, count: count))
        let times = (0..<7).map { _ in
            ContinuousClock().measure {
                left.withUnsafeMutableBufferPointer { left in
                    right.withUnsafeMutableBufferPointer { right in
                        for index in left.indices { left[index] += right[index] }
                    }
                }
            }.seconds
        }
        return times.sorted()[3]
    }

    /// Of a picture of 640x480 pixels in memory as JPEG.
    private static func secondsToRead(_ transform: InputTransform) throws -> Double {
        let bytes = try InputSuite.drawnJPEG()
        let size = transform.resizedSize(width: 640, height: 480)
        var pixels = [Float](repeating: 0, count: size.width * size.height * 3)
        let times = try (0..<9).map { _ in
            try ContinuousClock().measure {
                let decoded = try Image(bytes: bytes)
                pixels.withUnsafeMutableBufferPointer { pixels in
                    if let base = pixels.baseAddress {
                        transform.write(
                            decoded, size: size, paddedWidth: size.width, paddedHeight: size.height, into: base)
                    }
                }
            }.seconds
        }
        return times.sorted()[4]
    }

    /// What is between the processes, from a message of some megabytes to all and from short ones.
    private static func network(_ group: any ProcessGroup) throws -> Network {
        func median(_ message: Message, times: Int) throws -> Double {
            let seconds = try (0..<times).map { _ in
                try ContinuousClock().measure { _ = try group.gather(message) }.seconds
            }
            return seconds.sorted()[times / 2]
        }
        // A message is preceded by its length.
        let latency = try median(Message(bytes: [0]), times: 51) / 2
        let bytes = 16 << 20
        let seconds = try median(Message(bytes: [UInt8](repeating: 0, count: bytes)), times: 9)
        return Network(
            bytesPerSecond: Double(bytes * (group.count - 1)) / max(seconds - 2 * latency, 1e-9), latency: latency)
    }
}
