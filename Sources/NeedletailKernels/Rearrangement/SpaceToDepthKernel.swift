/// Moves the pixels of blocks into channels and back.
public struct SpaceToDepthKernel: LinearMapKernel {
    /// Pixels along a side of a block.
    public var block: Int
    /// Whether the pixels of a block follow each other from top to bottom, and not from left to right.
    public var isColumnByColumn: Bool
    /// Rows of the output, of all images.
    public var outputRows: Int
    public var outputWidth: Int
    public var inputChannels: Int

    public init(block: Int, isColumnByColumn: Bool, outputRows: Int, outputWidth: Int, inputChannels: Int) {
        self.block = block
        self.isColumnByColumn = isColumnByColumn
        self.outputRows = outputRows
        self.outputWidth = outputWidth
        self.inputChannels = inputChannels
    }

    public func forward(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        // The usual image; its three channels are copied one by one, without a loop.
        if inputChannels == 3 {
            forEachPixel(pool) { from, to in
                output[to] = input[from]
                output[to + 1] = input[from + 1]
                output[to + 2] = input[from + 2]
            }
        } else {
            forEachPixel(pool) { from, to in (output + to).update(from: input + from, count: inputChannels) }
        }
    }

    public func backward(
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool
    ) {
        forEachPixel(pool) { to, from in
            for channel in 0..<inputChannels {
                inputGradient[to + channel] =
                    (accumulates ? inputGradient[to + channel] : 0)
                    + outputGradient[from + channel]
            }
        }
    }

    /// Calls `body` with the place of each pixel in the input and in the output.
    @inline(__always)
    private func forEachPixel(_ pool: ThreadPool, _ body: (_ input: Int, _ output: Int) -> Void) {
        let perBlock = block * block * inputChannels
        pool.run(count: outputRows, grain: 8) { rows, _ in
            for row in rows {
                for y in 0..<block {
                    for x in 0..<block {
                        let place = isColumnByColumn ? x * block + y : y * block + x
                        var from = ((row * block + y) * outputWidth * block + x) * inputChannels
                        var to = row * outputWidth * perBlock + place * inputChannels
                        for _ in 0..<outputWidth {
                            body(from, to)
                            from += block * inputChannels
                            to += perBlock
                        }
                    }
                }
            }
        }
    }
}
