import ArgumentParser
import Dispatch
import NeedletailData
import NeedletailDatasets
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
    private let longestSide: Int?
    private let outcome = Mutex(Outcome())

    /// What became of the pictures.
    struct Outcome {
        var written = 0
        /// Boxes drawn on those.
        var boxes = 0
        /// Parts of images.
        var cuts = 0
        /// Those that are not there.
        var missing: [String] = []
        /// Why the first of them is not.
        var reason: String?
        fileprivate var isDiskFull = false
    }

    /// - Parameters:
    ///   - width: Pictures in work at a time.
    ///   - longestSide: Larger ones are made smaller; cuts stay as they are.
    init(width: Int = 3, format: PictureFormat = .png, longestSide: Int? = nil) {
        self.format = format
        self.longestSide = longestSide
        slots = DispatchSemaphore(value: 0)
        for _ in 0..<width { slots.signal() }
    }

    /// A part of an image as a file of its own.
    struct Cut {
        var box: Box
        var path: String
    }

    /// An image on its way to another thread, which is its only holder once it has taken it.
    private final class Passage: Sendable {
        private let image: Mutex<Image?>

        init(_ image: consuming Image) { self.image = Mutex(image) }

        func take() -> Image? {
            image.withLock { image in
                defer { image = nil }
                return image
            }
        }
    }

    /// Writes `image` with `boxes` drawn on it, and parts of it; waits when too many pictures are in work.
    ///
    /// - Parameters:
    ///   - image: Drawn on as it is where nobody else holds it.
    ///   - path: Nil where only the parts are written.
    ///   - whenWhole: Called, on another thread, when all of it is written.
    func write(
        _ image: consuming Image, boxes: [LabeledBox], to path: String?, cuts: [Cut] = [],
        whenWhole: @escaping @Sendable () -> Void = {}
    ) {
        slots.wait()
        let passage = Passage(image)
        queue.async(group: group) { [self] in
            defer { slots.signal() }
            guard var image = passage.take() else { return }
            var isWhole = true
            // Parts first: they show what the drawing hides.
            for cut in cuts {
                let isWritten = write(to: cut.path) {
                    try FolderTree.make(FilePath.parent(of: cut.path))
                    return image.cropped(to: cut.box)
                }
                isWhole = isWhole && isWritten
            }
            if let path {
                let isWritten = write(to: path, boxes: boxes.count) {
                    draw(boxes, on: &image)
                    return image
                }
                isWhole = isWhole && isWritten
            }
            if isWhole { whenWhole() }
        }
    }

    private func draw(_ boxes: [LabeledBox], on image: inout Image) {
        let side = max(image.width, image.height)
        guard let longestSide, side > longestSide else { return image.annotate(with: boxes) }
        // Means of squares of whole pixels, which take a fraction of the time of other sizes.
        let factor = min((side + longestSide - 1) / longestSide, image.width, image.height)
        image = image.shrunk(by: factor)
        image.annotate(with: boxes.map { $0.scaled(by: 1 / Double(factor)) })
    }

    /// - Parameter boxes: Drawn on the picture; nil of a part of one.
    /// - Returns: Whether it is there.
    private func write(to path: String, boxes: Int? = nil, _ picture: () throws -> Image) -> Bool {
        if outcome.withLock({ $0.isDiskFull }) {
            outcome.withLock { $0.missing.append(path) }
            return false
        }
        do {
            let picture = try picture()
            let bytes = try format == .png ? picture.pngBytes() : picture.jpegBytes()
            try AtomicFile.write(bytes, to: path)
            outcome.withLock {
                if let boxes {
                    $0.written += 1
                    $0.boxes += boxes
                } else {
                    $0.cuts += 1
                }
            }
            return true
        } catch {
            outcome.withLock {
                $0.missing.append(path)
                $0.reason = $0.reason ?? Wording.commandLine(error)
                if let error = error as? FileError, error.isDiskFull { $0.isDiskFull = true }
            }
            return false
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
