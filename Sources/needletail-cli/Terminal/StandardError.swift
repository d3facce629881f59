import NeedletailPlatform
import NeedletailSystem
import Synchronization

/// The stream of everything that is not a result.
enum StandardError {
    private static let muted = Atomic<Bool>(false)

    /// Whether nothing is written, because another process speaks for this one.
    static var isMuted: Bool {
        get { muted.load(ordering: .relaxed) }
        set { muted.store(newValue, ordering: .relaxed) }
    }

    /// Writes text for people; what would steer their terminal is shown as an escape. A stream that is closed is no reason to
    /// fail.
    ///
    /// - Parameter steering: What steers the terminal before the text.
    static func write(_ text: String, steering: String = "") {
        if isMuted { return }
        var text = steering + text.showingControls(keepsLines: true)
        text.withUTF8 { _ = Descriptor.write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }
}
