import NeedletailDatasets
import NeedletailSystem

/// Writes a small file for each image of a dataset: composed on all cores, created by one thread.
///
/// Two threads that create files in one folder wait for each other in the kernel longer than they save.
struct ImageFileWriter {
    let folder: String
    /// Relative to the folder, one for each image.
    let files: [String]

    /// The files of some images, one behind the other.
    private struct Chunk: ~Copyable {
        var text = ByteBuffer(growingFrom: 1 << 16)
        /// Where each file ends; nil for an image without one.
        var ends: [Int?] = []
    }

    /// The chunks of one round, each filled by one thread.
    private final class Round: @unchecked Sendable {
        // Unchecked because no two threads touch one chunk.
        let chunks: UnsafeMutablePointer<Chunk>
        let count: Int

        init(count: Int) {
            self.count = count
            chunks = .allocate(capacity: count)
            for place in 0..<count { (chunks + place).initialize(to: Chunk()) }
        }

        deinit {
            chunks.deinitialize(count: count)
            chunks.deallocate()
        }
    }

    private static let chunkLength = 256
    private static let chunksInRound = 16

    /// - Parameters:
    ///   - dataset: Whose mapped files are given back to the system in between.
    ///   - body: Appends the content for an image to the buffer; returns false to write no file for it.
    func write(_ dataset: Dataset, _ body: (Int, inout ByteBuffer) throws -> Bool) throws {
        for parent in Set(files.map(FilePath.parent)).sorted() where parent != "." {
            try FolderTree.make("\(folder)/\(parent)")
        }
        let roundLength = Self.chunkLength * Self.chunksInRound
        for start in stride(from: 0, to: files.count, by: roundLength) {
            let rows = start..<min(files.count, start + roundLength)
            let round = Round(count: (rows.count + Self.chunkLength - 1) / Self.chunkLength)
            try ParallelReading.forEach(round.count) { place in
                let first = start + place * Self.chunkLength
                for row in first..<min(rows.upperBound, first + Self.chunkLength) {
                    let isWritten = try body(row, &round.chunks[place].text)
                    round.chunks[place].ends.append(isWritten ? round.chunks[place].text.count : nil)
                }
            }
            for place in 0..<round.count { try create(round.chunks[place], from: start + place * Self.chunkLength) }
            dataset.releaseSources()
        }
    }

    private func create(_ chunk: borrowing Chunk, from first: Int) throws(FileError) {
        var begin = 0
        for place in chunk.ends.indices {
            guard let end = chunk.ends[place] else { continue }
            let text = UnsafeBufferPointer(rebasing: chunk.text.bytes[begin..<end])
            try FolderTree.write(text, to: "\(folder)/\(files[first + place])")
            begin = end
        }
    }
}

extension Dataset {
    /// Gives the pages of the files that records point into back to the system; reading brings them back.
    func releaseSources() {
        for source in sources { source.release(0..<source.bytes.count) }
    }
}
