import Dispatch
import NeedletailData
import Synchronization

/// Draws and writes PNGs beside the main work, a few at a time.
final class PictureWriter: Sendable {
    /// A picture that could not be written: no fault of the photograph.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let queue = DispatchQueue(label: "needletail.pictures", qos: .utility, attributes: .concurrent)
    private let group = DispatchGroup()
    private let slots = DispatchSemaphore(value: 3)
    private let failure = Mutex<(any Error)?>(nil)

    /// Writes `image` with `boxes` drawn on it; waits when too many pictures are in work.
    ///
    /// - Throws: The error of an earlier picture, such as a full disk.
    func write(_ image: Image, boxes: [LabeledBox], to path: String) throws {
        try throwFailure()
        slots.wait()
        queue.async(group: group) { [self] in
            defer { slots.signal() }
            do {
                try image.annotated(with: boxes).writePNG(to: path)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }

    /// Waits for all pictures.
    func finish() throws {
        group.wait()
        try throwFailure()
    }

    private func throwFailure() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
