import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailPlatform
import NeedletailRuntime
import NeedletailSystem

/// What the frozen part of a network computes of the training images, kept for all epochs.
///
/// The values lie in a mapped file without a name in the folder of the run, which the system removes when the program
/// ends, however it ends. They are computed image by image before the first epoch; training then reads no image again.
final class FrozenFeatures: @unchecked Sendable {
    // Unchecked because of the mapping: it is written by `init` alone, and read by everybody afterwards.

    /// What keeping the values would take.
    struct Extent {
        let cut: GraphCut
        /// All images after resizing and padding.
        let height: Int
        let width: Int
        /// Which mirrorings an image is seen in.
        let mirrorings: [Bool]
        /// The values of one image, in the order of the frozen part's outputs.
        let shapes: [TensorShape]
        let imageCount: Int

        var countPerImage: Int { shapes.reduce(0) { $0 + $1.count } }
        var byteCount: Int { countPerImage * imageCount * mirrorings.count * MemoryLayout<Float>.stride }

        /// - Returns: Nil when nothing is frozen below what is trained, when images are changed by more than mirroring or
        ///   seen in several sizes, or when they come in several or unknown ones: then an image's values depend on the
        ///   others of its batch.
        init?(
            images: ImageSupply, model: some Model, configuration: TrainingConfiguration, gradients: ParameterGradients
        ) throws {
            let transform = model.inputTransform
            guard configuration.augmentation == nil, configuration.sizeVariation == 0,
                let cut = model.graph.cut(below: gradients.set)
            else { return nil }
            var sizes: [(width: Int, height: Int)] = []
            for row in 0..<images.count {
                guard let size = images.size(row) else { return nil }
                sizes.append(transform.paddedSize([transform.resizedSize(width: size.width, height: size.height)]))
            }
            guard let first = sizes.first, sizes.allSatisfy({ $0 == first }) else { return nil }
            self.cut = cut
            width = first.width
            height = first.height
            mirrorings = [false, true].filter { isMirrored in
                isMirrored ? configuration.flipProbability > 0 : configuration.flipProbability < 1
            }
            let input = TensorShape(
                batch: 1, height: first.height, width: first.width, channels: transform.channels)
            shapes = try cut.frozen.outputTypes(inputs: [TensorType(input)]).map(\.shape)
            imageCount = images.count
        }
    }

    let extent: Extent
    /// Why an image cannot be used.
    private(set) var failures: [Int: String] = [:]
    private let base: UnsafeMutablePointer<Float>

    /// Computes the values of all images.
    ///
    /// - Parameters:
    ///   - folder: Where the file lies.
    ///   - progress: Called after every image with the number done; returning false stops.
    /// - Throws: ``TrainingError`` when the disk has no room; `PlanError`.
    init?(
        _ extent: Extent, images supply: ImageSupply, model: some Model, folder: RunFolder, pool: ThreadPool,
        progress: (Int, Int) -> Bool
    ) throws {
        self.extent = extent
        base = try Self.mapUnnamedFile(in: folder, bytes: extent.byteCount)
        let transform = model.inputTransform
        let plan = try model.plan(
            of: extent.cut.frozen,
            inputShapes: [
                TensorShape(
                    batch: 1, height: extent.height, width: extent.width, channels: transform.channels)
            ],
            purpose: .inference, pool: pool)
        let images = OrderedPrefetch<Result<Image, any Error>>(count: supply.count, lookAhead: 4) { row in
            Result { try supply.load(row) }
        }
        for row in 0..<supply.count {
            switch images.next() {
            case .success(let image):
                for isMirrored in extent.mirrorings {
                    if let input = plan.input.baseAddress {
                        transform.write(
                            image, size: transform.resizedSize(width: image.width, height: image.height),
                            paddedWidth: extent.width, paddedHeight: extent.height, flippedHorizontally: isMirrored,
                            into: input)
                    }
                    plan.forward()
                    var target = values(row: row, isMirrored: isMirrored)
                    for index in extent.shapes.indices {
                        let output = plan.output(index)
                        if let source = output.baseAddress { target.update(from: source, count: output.count) }
                        target += output.count
                    }
                }
            case .failure(let error): failures[row] = "\(error)"
            case nil: break
            }
            guard progress(row + 1, extent.imageCount) else {
                images.cancel()
                return nil
            }
        }
    }

    deinit { munmap(base, extent.byteCount) }

    /// Writes the values of a batch where a plan of the trained part reads them.
    ///
    /// - Parameter images: Rows of the training data that have no ``failures``.
    func fill(_ plan: Plan, with images: [KeptRow]) {
        for (place, image) in images.enumerated() {
            var source = values(row: image.row, isMirrored: image.isMirrored)
            for (index, shape) in extent.shapes.enumerated() {
                if let input = plan.input(index).baseAddress {
                    (input + place * shape.count).update(from: source, count: shape.count)
                }
                source += shape.count
            }
        }
    }

    private func values(row: Int, isMirrored: Bool) -> UnsafeMutablePointer<Float> {
        let variant = extent.mirrorings.firstIndex(of: isMirrored) ?? 0
        return base + (row * extent.mirrorings.count + variant) * extent.countPerImage
    }

    /// Room is taken on the disk at once: a write to a mapped file that finds the disk full would end the program.
    private static func mapUnnamedFile(in folder: RunFolder, bytes: Int) throws -> UnsafeMutablePointer<Float> {
        var path = Array((folder.path + "/features.XXXXXX").utf8CString)
        let file = uninterrupted { mkstemp(&path) }
        guard file >= 0 else {
            throw TrainingError(
                .disk, folder.path,
                problem: "no file can be made here to keep the values of frozen layers in (\(systemMessage(errno)))")
        }
        defer { close(file) }
        unlink(path)
        #if canImport(Darwin)
            let isThere = ftruncate(file, off_t(bytes)) == 0
        #else
            var code = posix_fallocate(file, 0, off_t(bytes))
            while code == EINTR { code = posix_fallocate(file, 0, off_t(bytes)) }
            let isThere = code == 0
        #endif
        guard isThere, let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), base != MAP_FAILED
        else {
            throw TrainingError(
                .disk, folder.path,
                problem: "there is no room here for the \(bytes >> 20) MiB that frozen layers compute of all images",
                remedy: "Make room, or compute them anew in every epoch with \(setting: .computesFeaturesAnew).")
        }
        return base.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
    }
}
