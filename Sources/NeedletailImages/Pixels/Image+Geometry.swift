import NeedletailGeometry
import NeedletailPlatform

extension Image {
    /// The pixels of a rectangle inside the image.
    ///
    /// - Precondition: The rectangle has pixels and lies inside.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
        precondition(
            x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= self.width && y + height <= self.height,
            "(\(x), \(y), \(width), \(height)) is not inside \(self.width)x\(self.height)")
        let rowBytes = width * channels
        let cut = [UInt8](unsafeUninitializedCapacity: rowBytes * height) { target, initialized in
            withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                for row in 0..<height {
                    (to + row * rowBytes).initialize(
                        from: from + (y + row) * rowStride + x * channels, count: rowBytes)
                }
            }
            initialized = rowBytes * height
        }
        return Image(width: width, height: height, format: format, bytes: cut)
    }

    /// The whole pixels that a box touches; where it lies outside of the image, the pixel that is nearest.
    ///
    /// - Precondition: The box is finite.
    package func cropped(to box: Box) -> Image {
        func range(_ start: Double, _ end: Double, _ limit: Int) -> (first: Int, count: Int) {
            let first = Int(saturating: min(max(start.rounded(.down), 0), Double(limit - 1)))
            let last = Int(saturating: min(max(end.rounded(.up), Double(first + 1)), Double(limit)))
            return (first, last - first)
        }
        let columns = range(box.x, box.x2, width), rows = range(box.y, box.y2, height)
        return cropped(x: columns.first, y: rows.first, width: columns.count, height: rows.count)
    }

    /// The image mirrored left to right.
    public func flippedHorizontally() -> Image {
        applying(.mirroredHorizontally)
    }

    /// The image turned and mirrored so that a picture stored with `orientation` stands upright.
    public func applying(_ orientation: ImageOrientation) -> Image {
        guard orientation != .upright else { return self }
        let newWidth = orientation.swapsSides ? height : width
        let newHeight = orientation.swapsSides ? width : height
        let channels = self.channels
        // Where the output's first pixel lies in the source, and the steps of one column and one row.
        let origin = orientation.source(x: 0, y: 0, width: width, height: height)
        let right = orientation.source(x: 1, y: 0, width: width, height: height)
        let down = orientation.source(x: 0, y: 1, width: width, height: height)
        let start = (origin.y * width + origin.x) * channels
        let columnStep = ((right.y - origin.y) * width + right.x - origin.x) * channels
        let rowStep = ((down.y - origin.y) * width + down.x - origin.x) * channels

        let turned = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, initialized in
            withUnsafeBytes { source in
                // Tiles, because a quarter turn walks down the columns of the source.
                let tile = 32
                for top in stride(from: 0, to: newHeight, by: tile) {
                    for left in stride(from: 0, to: newWidth, by: tile) {
                        let lastColumn = min(left + tile, newWidth)
                        for y in top..<min(top + tile, newHeight) {
                            var from = start + y * rowStep + left * columnStep
                            var to = (y * newWidth + left) * channels
                            for _ in left..<lastColumn {
                                for c in 0..<channels { target[to + c] = source[from + c] }
                                from += columnStep
                                to += channels
                            }
                        }
                    }
                }
            }
            initialized = bytes.count
        }
        return Image(width: newWidth, height: newHeight, format: format, bytes: turned)
    }

    /// The same picture in another format.
    ///
    /// Grey is `0.299 R + 0.587 G + 0.114 B` in Pillow's 16-bit fixed point; opacity is left out, not
    /// blended with a background, as Pillow's `convert` and torchvision's decoders do.
    public func converted(to target: PixelFormat) -> Image {
        guard target != format else { return self }
        let from = channels, to = target.channels, count = width * height
        let converted = [UInt8](unsafeUninitializedCapacity: count * to) { output, initialized in
            withUnsafeBytes { input in
                for i in 0..<count {
                    let source = i * from, destination = i * to
                    let red = input[source]
                    let green = from == 1 ? red : input[source + 1]
                    let blue = from == 1 ? red : input[source + 2]
                    if to == 1 {
                        output[destination] = Color(red: red, green: green, blue: blue).luma
                    } else {
                        output[destination] = red
                        output[destination + 1] = green
                        output[destination + 2] = blue
                        if to == 4 { output[destination + 3] = 255 }
                    }
                }
            }
            initialized = count * to
        }
        return Image(width: width, height: height, format: target, bytes: converted)
    }
}
