import ArgumentParser
import Dispatch
import NeedletailData
import NeedletailSystem
import Synchronization

/// How pictures are written.
enum PictureFormat: String, CaseIterable, ExpressibleByArgument {
    case png, jpeg

    /// Of a file.
    var ending: String { self == .png ? ".png" : ".jpg" }
}

/// Draws and writes pictures beside the main work, a few at a time.
///
/// A picture that cannot be written ends nothing: it is remembered. When the disk is full no more are tried, so that there
/// is room for what matters more.
final class PictureWriter: Sendable {
    private let queue = DispatchQueue(label: "needletail.pictures", qos: .utility, attributes: .concurrent)
    private let group = DispatchGroup()
    private let slots: DispatchSemaphore
    private let format: PictureFormat
    private let outcome = Mutex(Outcome())

    /// What became of the pictures.
    struct Outcome {
        var written = 0
        /// Boxes drawn on those.
        var boxes = 0
        /// Those that are not there.
        var missing: [String] = []
        /// Why the first of them is not.
        var reason: String?
        fileprivate var isDiskFull = false
    }

    /// - Parameter width: Pictures in work at a time.
    init(width: Int = 3, format: PictureFormat = .png) {
        self.format = format
        slots = DispatchSemaphore(value: 0)
        for _ in 0..<width { slots.signal() }
    }

    /// Writes `image` with `boxes` drawn on it; waits when too many pictures are in work.
    func write(_ image: Image, boxes: [LabeledBox], to path: String) {
        slots.wait()
        queue.async(group: group) { [self] in
            defer { slots.signal() }
            if outcome.withLock({ $0.isDiskFull }) { return outcome.withLock { $0.missing.append(path) } }
            do {
                let picture = image.annotated(with: boxes)
                let bytes = try format == .png ? picture.pngBytes() : picture.jpegBytes()
                try AtomicFile.write(bytes, to: path)
                outcome.withLock {
                    $0.written += 1
                    $0.boxes += boxes.count
                }
            } catch {
                outcome.withLock {
                    $0.missing.append(path)
                    $0.reason = $0.reason ?? Wording.commandLine(error)
                    if let error = error as? FileError, error.isDiskFull { $0.isDiskFull = true }
                }
            }
        }
    }

    /// Waits for all pictures.
    func finish() -> Outcome {
        group.wait()
        return outcome.withLock {
            $0.missing.sort()
            return $0
        }
    }
}

extension PictureWriter.Outcome {
    /// Says what is missing, if anything.
    func warn(_ console: Console) {
        guard let reason else { return }
        console.warn(
            "\(missing.count) \(missing.count == 1 ? "picture" : "pictures") could not be written, the first because: "
                + reason)
    }
}
