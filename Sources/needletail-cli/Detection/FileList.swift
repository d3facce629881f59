import NeedletailPlatform
import NeedletailSystem

/// Paths on standard input, a line each, or with NUL characters between them, as `find -print0` writes them.
enum FileList {
    private static let mostBytes = 1 << 30

    /// Inputs with those of the list in the place of `-`.
    ///
    /// - Throws: ``CommandError`` when nothing is listed, or it cannot be read.
    static func expanded(_ inputs: [String]) throws -> [String] {
        guard let place = inputs.firstIndex(of: "-") else { return inputs }
        return try inputs[..<place] + read() + inputs[(place + 1)...].filter { $0 != "-" }
    }

    private static func read() throws -> [String] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { piece in
                uninterrupted { NeedletailPlatform.read(STDIN_FILENO, piece.baseAddress, piece.count) }
            }
            guard count >= 0 else {
                throw CommandError("-: standard input cannot be read: \(systemMessage(errno))")
            }
            if count == 0 { break }
            bytes += piece[..<count]
            guard bytes.count <= mostBytes else { throw CommandError("-: standard input is no list of photographs.") }
        }
        let end: UInt8 = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
        let paths = bytes.split(separator: end).map { line in
            String(decoding: end != 0 && line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }.filter { !$0.isEmpty }
        guard !paths.isEmpty else {
            throw CommandError(
                "-: standard input names no photographs. Write a path a line, as 'ls photos/*.jpg' does.")
        }
        return paths
    }
}
