import NeedletailCheckpoints
import NeedletailSystem

/// ONNX files, as told from others.
public enum ONNXFile {
    /// Whether a file is one by its content; its name does not matter.
    ///
    /// - Throws: `CheckpointError` when it cannot be opened.
    public static func isONNX(_ path: String) throws(CheckpointError) -> Bool {
        let file: ByteSource
        do { file = try ByteSource(mapping: path) } catch { throw CheckpointError(error) }
        return withExtendedLifetime(file) { ONNXModel.isLikely(file.bytes) }
    }
}
