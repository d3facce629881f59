import CKernels

/// Convolutions that follow one another, computed band by band of rows, so that what lies between them never leaves a
/// core's own cache.
///
/// A thread goes down its part of the last map a few rows at a time. Of the maps before, it computes the rows that these
/// few read and have not been computed yet, and keeps the last ones for the next few; only where two threads meet are
/// rows computed twice. Every number has the bits that it has when the convolutions run one by one.
public struct ConvolutionChain: Sendable {
    /// One convolution's weights, and what is done to its results.
    public struct Link {
        public var packed: UnsafePointer<Float>
        /// A residual is of the size of the whole map, and only the last link may have one.
        public var epilogue: ConvolutionEpilogue

        public init(packed: UnsafePointer<Float>, epilogue: ConvolutionEpilogue) {
            self.packed = packed
            self.epilogue = epilogue
        }
    }

    public let shapes: [ConvolutionShape]
    /// Rows of the last map that are computed at a time.
    public let bandRows: Int
    private let algorithms: [needletail_algorithm]
    /// What each chunk does, one after the other.
    private let chunks: [[Operation]]
    /// Where the rows between the links lie in a worker's scratch, behind that of the kernels.
    private let buffers: [Int]
    public let scratchCount: Int

    private enum Operation {
        case run(Run)
        /// Moves rows to the front of a buffer.
        case keep(buffer: Int, from: Int, count: Int)
    }

    /// Some rows of a link. Places are in floats, from the first of a map or of a buffer.
    private struct Run {
        var link: Int
        var description: needletail_convolution
        var source: Int
        var dest: Int
    }

    /// Floats that the rows between the links may take: a part of the second level cache.
    private static let bufferCount = 160 * 1024
    /// Below that many floats a map between two links stays in the caches by itself.
    private static let leastMapCount = 128 * 1024
    /// Rows of the last map that a thread gets, at least; with fewer, too much is computed twice.
    private static let leastRows = 10
    /// The same where it gets them in two parts.
    private static let leastRowsOfHalf = 12
    /// Rows of the last map that are computed at a time, at least; with fewer, more time goes into going from one to the
    /// next.
    private static let leastBandRows = 4

    /// Whether the maps between convolutions are so large that it pays not to write them, and some rows of all of them fit
    /// into the cache.
    package static func pays(for shapes: [ConvolutionShape]) -> Bool {
        shapes.dropLast().allSatisfy { $0.outputCount / max($0.batch, 1) >= leastMapCount }
            && shapes.allSatisfy { algorithm(for: $0) != nil }
            && bufferCounts(shapes, bandRows: leastBandRows).reduce(0, +) <= bufferCount
    }

    /// That of a link; nil for Winograd's, whose tiles need more rows at a time, and where whole rows are made of padding
    /// alone, for which there is nothing to read.
    private static func algorithm(for shape: ConvolutionShape) -> needletail_algorithm? {
        guard max(shape.padding.top, shape.padding.bottom) < rowSpan(of: shape) else { return nil }
        var description = needletail_convolution(shape)
        let algorithm = needletail_convolution_choose(&description, needletail_forward)
        return algorithm == needletail_direct || algorithm == needletail_depthwise ? algorithm : nil
    }

    /// - Parameter shapes: Each convolution reads the map that the one before it makes.
    /// - Returns: Nil where there are too few rows for so many threads.
    public init?(shapes: [ConvolutionShape], threadCount: Int) {
        let algorithms = shapes.compactMap(Self.algorithm)
        guard let last = shapes.last, shapes.count > 1, algorithms.count == shapes.count, last.batch > 0 else {
            return nil
        }
        let rows = last.outputHeight, parts = (threadCount + last.batch - 1) / last.batch
        let repeats = Self.repeatsRows(shapes)
        guard rows >= parts * (repeats ? Self.leastRows : Self.leastBandRows) else { return nil }
        // Two parts for each thread, or one where more would mean too many rows that are computed twice.
        let halfRows = repeats ? Self.leastRowsOfHalf : Self.leastBandRows
        let bands = threadCount > 1 && rows >= 2 * parts * halfRows ? 2 * parts : parts
        self.shapes = shapes
        self.algorithms = algorithms
        var bandRows = (rows + bands - 1) / bands
        while bandRows > 1, Self.bufferCounts(shapes, bandRows: bandRows).reduce(0, +) > Self.bufferCount {
            bandRows -= 1
        }
        self.bandRows = bandRows
        chunks = (0..<last.batch).flatMap { image in
            (0..<bands).map { band in
                Self.schedule(
                    shapes, image: image, rows: rows * band / bands..<rows * (band + 1) / bands, bandRows: bandRows)
            }
        }
        var kernelScratch = 0
        for case .run(let run) in chunks.joined() {
            var description = run.description
            kernelScratch = max(
                kernelScratch, needletail_scratch_size(&description, 1, algorithms[run.link], needletail_forward))
        }
        var end = (kernelScratch + 15) / 16 * 16, buffers: [Int] = []
        for count in Self.bufferCounts(shapes, bandRows: bandRows) {
            buffers.append(end)
            end += (count + 15) / 16 * 16
        }
        self.buffers = buffers
        scratchCount = end
    }

    /// Rows from the first to the last under a kernel.
    private static func rowSpan(of shape: ConvolutionShape) -> Int {
        shape.dilation.height * (shape.kernel.height - 1) + 1
    }

    /// Floats of the rows between the links, when `bandRows` rows of the last map are computed at a time.
    private static func bufferCounts(_ shapes: [ConvolutionShape], bandRows: Int) -> [Int] {
        var counts: [Int] = [], rows = bandRows
        for (before, shape) in zip(shapes, shapes.dropFirst()).reversed() {
            let span = rowSpan(of: shape)
            // Rows may have to wait that the next step reads, and has not been given all of.
            rows = min((rows - 1) * shape.stride.height + max(span, shape.stride.height), before.outputHeight)
            counts.append(rows * before.outputWidth * before.outputChannels)
        }
        return counts.reversed()
    }

    /// Whether two parts of the last map read the same rows of one between two links, which are then computed twice.
    private static func repeatsRows(_ shapes: [ConvolutionShape]) -> Bool {
        shapes.dropFirst().contains { rowSpan(of: $0) > $0.stride.height }
    }

    /// The rows of its input that a convolution reads for some rows of its output.
    private static func inputRows(of shape: ConvolutionShape, for rows: Range<Int>) -> Range<Int> {
        let first = rows.lowerBound * shape.stride.height - shape.padding.top
        let end = (rows.upperBound - 1) * shape.stride.height - shape.padding.top + rowSpan(of: shape)
        let lower = min(max(first, 0), shape.inputHeight)
        return lower..<max(lower, min(end, shape.inputHeight))
    }

    /// What makes some rows of the last map of an image.
    private static func schedule(
        _ shapes: [ConvolutionShape], image: Int, rows: Range<Int>, bandRows: Int
    ) -> [Operation] {
        var operations: [Operation] = [], held = shapes.map { _ in 0..<0 }
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: bandRows) {
            // From the last map back: the rows of each that are read, and those that are not there yet.
            var wanted = held, fresh = held
            let last = shapes.count - 1
            wanted[last] = start..<min(start + bandRows, rows.upperBound)
            fresh[last] = wanted[last]
            for link in stride(from: last, to: 0, by: -1) {
                let reads =
                    fresh[link].isEmpty
                    ? held[link - 1].upperBound..<held[link - 1].upperBound
                    : inputRows(of: shapes[link], for: fresh[link])
                wanted[link - 1] = reads
                let first = min(max(held[link - 1].upperBound, reads.lowerBound), reads.upperBound)
                fresh[link - 1] = first..<reads.upperBound
            }
            for link in shapes.indices where !fresh[link].isEmpty {
                let shape = shapes[link], rowCount = shape.outputWidth * shape.outputChannels
                var base = image * shape.outputHeight
                if link < last {
                    let kept = wanted[link].lowerBound..<max(wanted[link].lowerBound, held[link].upperBound)
                    if !kept.isEmpty, kept.lowerBound > held[link].lowerBound {
                        operations.append(
                            .keep(
                                buffer: link, from: (kept.lowerBound - held[link].lowerBound) * rowCount,
                                count: kept.count * rowCount))
                    }
                    held[link] = wanted[link]
                    base = -wanted[link].lowerBound
                }
                let reads = inputRows(of: shape, for: fresh[link])
                let inputBase = link == 0 ? image * shape.inputHeight : -held[link - 1].lowerBound
                var description = needletail_convolution(shape)
                description.n = 1
                description.h = Int32(reads.count)
                description.pad_h = Int32(
                    reads.lowerBound - (fresh[link].lowerBound * shape.stride.height - shape.padding.top))
                description.out_h = Int32(fresh[link].count)
                operations.append(
                    .run(
                        Run(
                            link: link, description: description,
                            source: (inputBase + reads.lowerBound) * shape.inputWidth * shape.inputChannels,
                            dest: (base + fresh[link].lowerBound) * rowCount)))
            }
        }
        return operations
    }

    /// Writes the last map.
    public func forward(
        input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, links: [Link], scratch: Scratch,
        pool: ThreadPool
    ) {
        precondition(links.count == shapes.count, "\(links.count) links for \(shapes.count) convolutions")
        pool.run(chunks: chunks.count) { chunk, worker in
            let own = scratch[worker]
            for operation in chunks[chunk] {
                switch operation {
                case .keep(let buffer, let from, let count):
                    let start = own + buffers[buffer]
                    start.update(from: start + from, count: count)
                case .run(let run):
                    let isLast = run.link == shapes.count - 1, link = links[run.link]
                    var description = run.description
                    var map = needletail_map(
                        source: (run.link == 0 ? input : UnsafePointer(own + buffers[run.link - 1])) + run.source,
                        dest: (isLast ? output : own + buffers[run.link]) + run.dest,
                        epilogue: needletail_epilogue(link.epilogue, from: isLast ? run.dest : 0), dest_stride: 0,
                        ahead: needletail_read_ahead())
                    let algorithm = algorithms[run.link]
                    needletail_convolution_run(
                        &description, 1, algorithm, needletail_forward, &map, link.packed, own, 0, 0,
                        needletail_convolution_chunks(&description, 1, algorithm, needletail_forward))
                }
            }
        }
    }
}
