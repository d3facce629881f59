import NeedletailPlatform
import NeedletailSystem

/// The stream of everything that is not a result.
enum StandardError {
    /// Writes text for people; what would steer their terminal is shown as an escape. A stream that is closed is no reason to
    /// fail.
    ///
    /// - Parameter steering: What steers the terminal before the text.
    static func write(_ text: String, steering: String = "") {
        var text = steering + text.showingControls(keepsLines: true)
        text.withUTF8 { _ = Descriptor.write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }
}
