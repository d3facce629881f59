/// An image file as a run of bytes.
package enum ImageFile {
    /// Everything in the file, so that it can be hashed and decoded with one reading.
    ///
    /// - Throws: `ImageError` when the file is missing, not a regular file or cannot be read.
    package static func bytes(of path: String) throws(ImageError) -> [UInt8] {
        try ImageSource(path: path).all()
    }
}
