import Needletail

extension ClassificationSheet {
    /// Writes the pictures, and says what they are; pictures that could not be read are named.
    ///
    /// - Throws: `ImageError` when the file cannot be written.
    func write(to path: String, showing words: String, console: Console) throws {
        let drawn = drawn()
        for failure in drawn.failures { console.warn("\(path) lacks a picture: \(failure)") }
        guard let image = drawn.image else {
            return console.warn("\(path) is not written: there is no picture to be shown")
        }
        try image.writePNG(to: path)
        console.note("\(path): \(words)")
    }
}
