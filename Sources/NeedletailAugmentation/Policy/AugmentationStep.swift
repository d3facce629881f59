import NeedletailGeometry
import NeedletailImages
import NeedletailRandom

/// One line of a policy: an operation with ranges to draw its numbers from, and how often it is done.
public struct AugmentationStep: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case flipHorizontal
        case flipVertical
        case quarterTurns
        case crop(IoUCrop)
        /// Ground laid around the image until its sides have the ratio they had before the first step. A network then
        /// meets one shape of input instead of many, each of which it has to prepare for.
        case frame
        /// Factors of the sides.
        case zoomOut(ClosedRange<Double>)
        case affine(AffineRanges)
        case brightness(ClosedRange<Double>)
        case contrast(ClosedRange<Double>)
        case saturation(ClosedRange<Double>)
        case hue(ClosedRange<Double>)
        case grey
        case blur(ClosedRange<Double>)
        case noise(ClosedRange<Double>)
        case jpeg(ClosedRange<Double>)
        /// How many, and their sides as shares of the image's.
        case cutOut(count: ClosedRange<Double>, side: ClosedRange<Double>)
        /// Sizes of the four images; 1 fits the canvas.
        case mosaic(ClosedRange<Double>)
        case mixUp(ClosedRange<Double>)
        /// How many objects.
        case copyPaste(ClosedRange<Double>)
    }

    public var kind: Kind
    /// How often, 0 to 1.
    public var probability: Double

    public init(_ kind: Kind, probability: Double = 1) {
        self.kind = kind
        self.probability = probability
    }

    /// What rotation, shift, scale and shear are drawn from.
    public struct AffineRanges: Hashable, Sendable {
        /// In degrees.
        public var angle = 0.0...0.0
        /// Shares of the sides.
        public var x = 0.0...0.0
        public var y = 0.0...0.0
        public var scale = 1.0...1.0
        /// In degrees.
        public var shear = 0.0...0.0

        public init() {}
    }

    /// Draws the numbers for an image, or that nothing is done to it.
    ///
    /// - Parameter aspect: Width by height of the image before the first step.
    func draw(
        for sample: LabeledImage, aspect: Double, pool: ImagePool, from stream: inout RandomStream
    ) -> ImageOperation? {
        // The decision is drawn even where it is certain, so that a changed probability moves nothing after it.
        guard Double(stream.nextUnit()) < probability else { return nil }
        let (width, height) = (sample.image.width, sample.image.height)
        switch kind {
        case .flipHorizontal: return .flipHorizontal
        case .flipVertical: return .flipVertical
        case .quarterTurns: return .quarterTurns(1 + stream.below(3))
        case .crop(let crop):
            return crop.draw(width: width, height: height, boxes: sample.objects.map(\.box), from: &stream)
                .map { .crop($0) }
        case .frame: return frame(width, height, aspect: aspect, from: &stream)
        case .zoomOut(let sides):
            let factor = stream.number(in: sides)
            return place(
                width, height, onWidth: Int(Double(width) * factor), height: Int(Double(height) * factor),
                from: &stream)
        case .affine(let ranges): return .affine(affine(ranges, width, height, from: &stream))
        case .brightness(let range): return .brightness(factor: stream.number(in: range))
        case .contrast(let range): return .contrast(factor: stream.number(in: range))
        case .saturation(let range): return .saturation(factor: stream.number(in: range))
        case .hue(let range): return .hue(shift: stream.number(in: range))
        case .grey: return .grey
        case .blur(let range): return .blur(deviation: stream.number(in: range))
        case .noise(let range): return .noise(deviation: stream.number(in: range), seed: stream.next())
        case .jpeg(let range): return .jpeg(quality: Int(stream.number(in: range).rounded()))
        case .cutOut(let count, let side): return cutOut(count, side, width, height, from: &stream)
        case .mosaic(let scales):
            guard pool.count > 0 else { return nil }
            return .mosaic(
                Mosaic(
                    others: (0..<3).map { _ in stream.below(pool.count) },
                    x: Int(stream.number(in: 0.3...0.7) * Double(width)),
                    y: Int(stream.number(in: 0.3...0.7) * Double(height)),
                    scales: (0..<4).map { _ in stream.number(in: scales) }))
        case .mixUp(let share):
            guard pool.count > 0 else { return nil }
            return .mixUp(MixUp(other: stream.below(pool.count), share: stream.number(in: share)))
        case .copyPaste(let count): return copyPaste(count, sample, pool, from: &stream)
        }
    }

    private func frame(
        _ width: Int, _ height: Int, aspect: Double, from stream: inout RandomStream
    ) -> ImageOperation? {
        let newWidth = max(width, Int((Double(height) * aspect).rounded()))
        let newHeight = max(height, Int((Double(width) / aspect).rounded()))
        guard newWidth > width || newHeight > height else { return nil }
        return place(width, height, onWidth: newWidth, height: newHeight, from: &stream)
    }

    /// Somewhere on a larger ground.
    private func place(
        _ width: Int, _ height: Int, onWidth newWidth: Int, height newHeight: Int, from stream: inout RandomStream
    ) -> ImageOperation {
        .zoomOut(
            left: Int(Double(newWidth - width) * stream.number(in: 0...1)),
            top: Int(Double(newHeight - height) * stream.number(in: 0...1)), width: newWidth, height: newHeight)
    }

    private func affine(
        _ ranges: AffineRanges, _ width: Int, _ height: Int, from stream: inout RandomStream
    ) -> ImageOperation.Affine {
        var map = ImageOperation.Affine()
        map.angle = stream.number(in: ranges.angle)
        map.shiftX = stream.number(in: ranges.x) * Double(width)
        map.shiftY = stream.number(in: ranges.y) * Double(height)
        map.scale = stream.number(in: ranges.scale)
        map.shearX = stream.number(in: ranges.shear)
        map.shearY = stream.number(in: ranges.shear)
        return map
    }

    private func cutOut(
        _ count: ClosedRange<Double>, _ side: ClosedRange<Double>, _ width: Int, _ height: Int,
        from stream: inout RandomStream
    ) -> ImageOperation {
        let regions = (0..<max(Int(stream.number(in: count).rounded()), 1)).map { _ in
            let w = max(Int(stream.number(in: side) * Double(width)), 1)
            let h = max(Int(stream.number(in: side) * Double(height)), 1)
            return PixelRectangle(
                x: stream.below(max(width - w, 0) + 1), y: stream.below(max(height - h, 0) + 1), width: w, height: h)
        }
        return .cutOut(regions)
    }

    /// Nothing when the other image cannot be read or has no object that is smaller than this image.
    private func copyPaste(
        _ count: ClosedRange<Double>, _ sample: LabeledImage, _ pool: ImagePool, from stream: inout RandomStream
    ) -> ImageOperation? {
        guard pool.count > 0 else { return nil }
        let other = stream.below(pool.count)
        let wanted = Int(stream.number(in: count).rounded())
        let boxes = (try? pool.load(other))?.objects.map(\.box) ?? []
        let (width, height) = (sample.image.width, sample.image.height)
        let small = boxes.indices.filter { boxes[$0].width < Double(width) && boxes[$0].height < Double(height) }
        var paste = CopyPaste(other: other, objects: [], xs: [], ys: [])
        for index in stream.permutation(of: small.count).prefix(max(wanted, 1)) {
            let box = boxes[small[index]]
            paste.objects.append(small[index])
            paste.xs.append(stream.below(width - Int(box.width)))
            paste.ys.append(stream.below(height - Int(box.height)))
        }
        return paste.objects.isEmpty ? nil : .copyPaste(paste)
    }
}

extension RandomStream {
    /// A number of a range, evenly.
    mutating func number(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + Double(nextUnit()) * (range.upperBound - range.lowerBound)
    }

    /// A whole number from 0 to below a bound above 0.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
