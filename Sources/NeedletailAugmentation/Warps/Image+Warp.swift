import NeedletailImages

extension Image {
    /// The image seen through a map: bilinear between pixels, a colour where there is no image.
    ///
    /// As torchvision's `affine`, `perspective` and `elastic` with bilinear interpolation do, without their fill where
    /// `fill` is black.
    func warped(by warp: some Warp, fill: Color) -> Image {
        let (width, height) = (width, height)
        let fill = SIMD4(Float(fill.red), Float(fill.green), Float(fill.blue), 0)
        let warped = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, initialized in
            withUnsafeTemporaryAllocation(of: SIMD2<Float>.self, capacity: width) { places in
                places.initialize(repeating: .zero)
                withUnsafeBytes { source in
                    var output = 0
                    for y in 0..<height {
                        warp.sources(ofRow: y, into: places)
                        for x in 0..<width {
                            let pixel = Self.sample(source, width, height, places[x] - 0.5, fill) + 0.5
                            target[output] = UInt8(truncatingIfNeeded: Int32(pixel.x))
                            target[output + 1] = UInt8(truncatingIfNeeded: Int32(pixel.y))
                            target[output + 2] = UInt8(truncatingIfNeeded: Int32(pixel.z))
                            output += 3
                        }
                    }
                }
            }
            initialized = bytes.count
        }
        return Image(width: width, height: height, format: format, bytes: warped)
    }

    @inline(__always)
    private static func sample(
        _ source: UnsafeBufferPointer<UInt8>, _ width: Int, _ height: Int, _ place: SIMD2<Float>, _ fill: SIMD4<Float>
    ) -> SIMD4<Float> {
        guard place.x > -1, place.y > -1, place.x < Float(width), place.y < Float(height) else { return fill }
        let corner = place.rounded(.down)
        let share = place - corner
        let column = Int(corner.x), row = Int(corner.y)
        if column >= 0, row >= 0, column + 1 < width, row + 1 < height {
            let upper = (row * width + column) * 3, lower = upper + width * 3
            let top = pixel(source, upper) * (1 - share.x) + pixel(source, upper + 3) * share.x
            let bottom = pixel(source, lower) * (1 - share.x) + pixel(source, lower + 3) * share.x
            return top * (1 - share.y) + bottom * share.y
        }
        func at(_ column: Int, _ row: Int) -> SIMD4<Float> {
            column >= 0 && row >= 0 && column < width && row < height
                ? pixel(source, (row * width + column) * 3) : fill
        }
        let top = at(column, row) * (1 - share.x) + at(column + 1, row) * share.x
        let bottom = at(column, row + 1) * (1 - share.x) + at(column + 1, row + 1) * share.x
        return top * (1 - share.y) + bottom * share.y
    }

    @inline(__always)
    private static func pixel(_ source: UnsafeBufferPointer<UInt8>, _ index: Int) -> SIMD4<Float> {
        SIMD4(Float(source[index]), Float(source[index + 1]), Float(source[index + 2]), 0)
    }
}
