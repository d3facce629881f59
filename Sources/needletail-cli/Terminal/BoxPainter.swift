import Dispatch
import NeedletailData
import Synchronization

/// Boxes as they are drawn: every class in its colour.
struct BoxPainter {
    private let colors: [String: Color]

    init(names: [String]) {
        colors = Dictionary(
            zip(names, Color.distinct(forClasses: names)), uniquingKeysWith: { first, _ in first })
    }

    private func color(_ name: String) -> Color { colors[name] ?? Color.forClass(name) }

    func detection(_ detection: Detection, name: String) -> LabeledBox {
        let percent = Int((detection.score * 100).rounded())
        let score = percent >= 100 ? "1.00" : "0.\(percent < 10 ? "0" : "")\(percent)"
        return LabeledBox(box: detection.box, label: "\(name) \(score)", color: color(name))
    }

    func annotation(_ box: Box, name: String, isCrowd: Bool) -> LabeledBox {
        LabeledBox(box: box, label: name, color: color(name), style: isCrowd ? .crowd : .groundTruth)
    }
}

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
