import NeedletailGeometry
import NeedletailImages
import NeedletailPlatform
import NeedletailRandom

extension AugmentationStep {
    /// Draws the numbers for an image, or that nothing is done to it.
    func draw(
        for sample: LabeledImage, aspect: Double, pool: ImagePool, from stream: inout RandomStream
    ) -> [ImageOperation] {
        let (width, height) = (sample.image.width, sample.image.height)
        switch kind {
        case .effect(let ranges): return [.effect(ranges.draw(from: &stream))]
        case .quarterTurns: return [.quarterTurns(1 + stream.below(3))]
        case .crop(let crop):
            let region = crop.draw(width: width, height: height, boxes: sample.objects.map(\.box), from: &stream)
            return region.map { [.crop($0)] } ?? []
        case .resizedCrop(let crop): return crop.draw(width: width, height: height, from: &stream)
        case .safeCrop: return safeCrop(sample, from: &stream)
        case .resize(let newWidth, let newHeight): return resize(width, height, to: newWidth, newHeight)
        case .pad(let padding): return padding.operations(width: width, height: height)
        case .frame: return frame(width, height, aspect: aspect, from: &stream)
        case .zoomOut(let sides):
            let factor = stream.number(in: sides)
            return place(
                width, height, onWidth: Int(Double(width) * factor), height: Int(Double(height) * factor),
                from: &stream)
        case .affine(let ranges): return [.affine(affine(ranges, width, height, from: &stream))]
        case .cutOut(let count, let across, let down):
            return [cutOut(count, across, down, width, height, from: &stream)]
        case .mosaic(let scales):
            guard pool.count > 0 else { return [] }
            return [
                .mosaic(
                    Mosaic(
                        others: (0..<3).map { _ in stream.below(pool.count) },
                        x: Int(stream.number(in: 0.3...0.7) * Double(width)),
                        y: Int(stream.number(in: 0.3...0.7) * Double(height)),
                        scales: (0..<4).map { _ in stream.number(in: scales) }))
            ]
        case .mixUp(let share):
            guard pool.count > 0 else { return [] }
            return [.mixUp(MixUp(other: stream.below(pool.count), share: stream.number(in: share)))]
        case .copyPaste(let count): return copyPaste(count, sample, pool, from: &stream)
        case .choice: return []
        }
    }

    /// Everything that holds all boxes may be drawn; without boxes the image stays whole.
    private func safeCrop(_ sample: LabeledImage, from stream: inout RandomStream) -> [ImageOperation] {
        let frame = sample.image.frame
        let boxes = sample.objects.map(\.box)
        guard let first = boxes.first else { return [] }
        func edge(_ value: Double, _ limit: Int) -> Int { Int(saturating: min(max(value, 0), Double(limit))) }
        let left = edge(boxes.reduce(first.x) { min($0, $1.x) }.rounded(.down), frame.width - 1)
        let top = edge(boxes.reduce(first.y) { min($0, $1.y) }.rounded(.down), frame.height - 1)
        let right = max(edge(boxes.reduce(0) { max($0, $1.x2) }.rounded(.up), frame.width), left + 1)
        let bottom = max(edge(boxes.reduce(0) { max($0, $1.y2) }.rounded(.up), frame.height), top + 1)
        let x = stream.below(left + 1), y = stream.below(top + 1)
        return [
            .crop(
                PixelRectangle(
                    x: x, y: y, width: right + stream.below(frame.width - right + 1) - x,
                    height: bottom + stream.below(frame.height - bottom + 1) - y))
        ]
    }

    private func resize(_ width: Int, _ height: Int, to newWidth: Int?, _ newHeight: Int?) -> [ImageOperation] {
        func other(_ side: Int, _ new: Int, _ old: Int) -> Int { min(max((side * new + old / 2) / old, 1), 16_384) }
        let size = (
            width: newWidth ?? newHeight.map { other(width, $0, height) } ?? width,
            height: newHeight ?? newWidth.map { other(height, $0, width) } ?? height
        )
        return size == (width, height) ? [] : [.resize(width: size.width, height: size.height)]
    }

    private func frame(
        _ width: Int, _ height: Int, aspect: Double, from stream: inout RandomStream
    ) -> [ImageOperation] {
        let newWidth = max(width, Int((Double(height) * aspect).rounded()))
        let newHeight = max(height, Int((Double(width) / aspect).rounded()))
        guard newWidth > width || newHeight > height else { return [] }
        return place(width, height, onWidth: newWidth, height: newHeight, from: &stream)
    }

    /// Somewhere on a larger ground.
    private func place(
        _ width: Int, _ height: Int, onWidth newWidth: Int, height newHeight: Int, from stream: inout RandomStream
    ) -> [ImageOperation] {
        [
            .zoomOut(
                left: Int(Double(newWidth - width) * stream.number(in: 0...1)),
                top: Int(Double(newHeight - height) * stream.number(in: 0...1)), width: newWidth, height: newHeight)
        ]
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
        _ count: ClosedRange<Double>, _ across: ClosedRange<Double>, _ down: ClosedRange<Double>, _ width: Int,
        _ height: Int, from stream: inout RandomStream
    ) -> ImageOperation {
        let regions = (0..<max(Int(stream.number(in: count).rounded()), 1)).map { _ in
            let w = max(Int(stream.number(in: across) * Double(width)), 1)
            let h = max(Int(stream.number(in: down) * Double(height)), 1)
            return PixelRectangle(
                x: stream.below(max(width - w, 0) + 1), y: stream.below(max(height - h, 0) + 1), width: w, height: h)
        }
        return .cutOut(regions)
    }

    /// Nothing when the other image cannot be read or has no object that is smaller than this image.
    private func copyPaste(
        _ count: ClosedRange<Double>, _ sample: LabeledImage, _ pool: ImagePool, from stream: inout RandomStream
    ) -> [ImageOperation] {
        guard pool.count > 0 else { return [] }
        let other = stream.below(pool.count)
        let wanted = Int(stream.number(in: count).rounded())
        let boxes = (try? pool.load(other))?.objects.map(\.box) ?? []
        let (width, height) = (sample.image.width, sample.image.height)
        let small = boxes.indices.filter { boxes[$0].width < Double(width) && boxes[$0].height < Double(height) }
        var paste = CopyPaste(other: other, objects: [], xs: [], ys: [])
        for index in stream.permutation(of: small.count).prefix(max(wanted, 1)) {
            let box = boxes[small[index]]
            paste.objects.append(small[index])
            paste.xs.append(stream.below(width - max(Int(saturating: box.width), 0)))
            paste.ys.append(stream.below(height - max(Int(saturating: box.height), 0)))
        }
        return paste.objects.isEmpty ? [] : [.copyPaste(paste)]
    }
}
