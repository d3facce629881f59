extension Image {
    /// Resizes and normalises in one pass: what a network's input needs.
    ///
    /// A sample becomes `(value / 255 - mean) / deviation`, interpolated bilinearly as PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False, antialias=False)` does on the normalised image.
    /// Agreement with a reference in double precision: better than 1e-6 of the range of the values.
    ///
    /// - Parameters:
    ///   - output: Room for `[height, width, 3]` floats, RGB interleaved, `rowStride` floats from one row to
    ///     the next. Floats between the rows are left alone.
    ///   - mean: Of red, green and blue, on a scale of 0 to 1.
    ///   - deviation: Standard deviation of red, green and blue, on a scale of 0 to 1.
    ///   - isReversed: Whether the output is BGR instead.
    ///   - flippedHorizontally: Whether the image is mirrored first.
    /// - Precondition: Both sides are positive and `rowStride >= 3 * width`.
    public func resample(
        into output: UnsafeMutablePointer<Float>, rowStride: Int, width: Int, height: Int,
        mean: SIMD3<Float> = .zero, deviation: SIMD3<Float> = .one, isReversed: Bool = false,
        flippedHorizontally: Bool = false
    ) {
        precondition(width > 0 && height > 0 && rowStride >= 3 * width, "\(width)x\(height), stride \(rowStride)")
        guard format == .rgb else {
            converted(to: .rgb).resample(
                into: output, rowStride: rowStride, width: width, height: height, mean: mean, deviation: deviation,
                isReversed: isReversed, flippedHorizontally: flippedHorizontally)
            return
        }
        let columns = BilinearTaps(inputs: self.width, outputs: width, spacing: 3, flipped: flippedHorizontally)
        let rows = BilinearTaps(inputs: self.height, outputs: height)
        let scale = SIMD4(1 / (255 * deviation), 0)
        let offset = SIMD4(-mean / deviation, 0)
        let length = 3 * width
        // The input row as floats, and two rows resampled in x, by the parity of their index. Pixels are
        // handled as four floats, so each row needs one float more.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: self.rowStride + 1 + 2 * (length + 1)) { scratch in
            guard let input = scratch.baseAddress else { return }
            scratch.initialize(repeating: 0)
            let resampled = [input + self.rowStride + 1, input + self.rowStride + 1 + length + 1]
            var held = (-1, -1)
            withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress else { return }
                func row(_ index: Int) -> UnsafeMutablePointer<Float> {
                    let isOdd = index & 1 == 1
                    let target = resampled[index & 1]
                    if (isOdd ? held.1 : held.0) != index {
                        widen(source + index * self.rowStride, to: input, count: self.rowStride)
                        // The order of the channels is no question that each pixel asks.
                        if isReversed {
                            resampleRow(input, columns, scale: scale, offset: offset, isReversed: true, to: target)
                        } else {
                            resampleRow(input, columns, scale: scale, offset: offset, isReversed: false, to: target)
                        }
                        if isOdd { held.1 = index } else { held.0 = index }
                    }
                    return target
                }
                for y in 0..<height {
                    let first = row(Int(rows.first[y]))
                    let second = row(Int(rows.second[y]))
                    blend(first, second, share: rows.share[y], to: output + y * rowStride, count: length)
                }
            }
        }
    }

    /// The image at another size: bilinear without antialiasing, rounded to the nearest.
    ///
    /// - Precondition: Both sides are positive.
    public func resized(width: Int, height: Int) -> Image {
        precondition(width > 0 && height > 0, "cannot resize to \(width)x\(height)")
        let length = width * channels
        let columns = BilinearTaps(inputs: self.width, outputs: width, spacing: channels)
        let rows = BilinearTaps(inputs: self.height, outputs: height)
        let resized = [UInt8](unsafeUninitializedCapacity: length * height) { target, initialized in
            // Two rows resampled in x, by the parity of their index, and the blend of them.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * length) { scratch in
                guard let start = scratch.baseAddress else { return }
                scratch.initialize(repeating: 0)
                let blended = start + 2 * length
                var held = [-1, -1]
                withUnsafeBytes { bytes in
                    guard let source = bytes.baseAddress else { return }
                    func row(_ index: Int) -> UnsafeMutablePointer<Float> {
                        let resampled = start + (index & 1) * length
                        if held[index & 1] != index {
                            resampleRow(source + index * rowStride, columns, channels: channels, to: resampled)
                            held[index & 1] = index
                        }
                        return resampled
                    }
                    for y in 0..<height {
                        let first = row(Int(rows.first[y])), second = row(Int(rows.second[y]))
                        blend(first, second, share: rows.share[y], to: blended, count: length)
                        for i in 0..<length {
                            target[y * length + i] = UInt8(truncatingIfNeeded: Int32(blended[i] + 0.5))
                        }
                    }
                }
            }
            initialized = length * height
        }
        return Image(width: width, height: height, format: format, bytes: resized)
    }
}

private func widen(_ bytes: UnsafePointer<UInt8>, to floats: UnsafeMutablePointer<Float>, count: Int) {
    for i in 0..<count { floats[i] = Float(bytes[i]) }
}

/// Interpolates one row of RGB pixels in x, then scales and shifts it.
@inline(__always) private func resampleRow(
    _ input: UnsafeMutablePointer<Float>, _ columns: BilinearTaps, scale: SIMD4<Float>, offset: SIMD4<Float>,
    isReversed: Bool, to output: UnsafeMutablePointer<Float>
) {
    let source = UnsafeRawPointer(input), target = UnsafeMutableRawPointer(output)
    let size = MemoryLayout<Float>.size
    columns.first.withUnsafeBufferPointer { first in
        columns.second.withUnsafeBufferPointer { second in
            columns.share.withUnsafeBufferPointer { share in
                for x in 0..<first.count {
                    let left = source.loadUnaligned(fromByteOffset: Int(first[x]) * size, as: SIMD4<Float>.self)
                    let right = source.loadUnaligned(fromByteOffset: Int(second[x]) * size, as: SIMD4<Float>.self)
                    var value = (left + (right - left) * share[x]) * scale + offset
                    if isReversed { value = SIMD4(value.z, value.y, value.x, value.w) }
                    // The fourth float is overwritten by the next pixel.
                    target.storeBytes(of: value, toByteOffset: 3 * x * size, as: SIMD4<Float>.self)
                }
            }
        }
    }
}

/// Interpolates one row in x.
private func resampleRow(
    _ source: UnsafePointer<UInt8>, _ columns: BilinearTaps, channels: Int, to output: UnsafeMutablePointer<Float>
) {
    var target = output
    for x in 0..<columns.first.count {
        let left = source + Int(columns.first[x]), right = source + Int(columns.second[x])
        let share = columns.share[x]
        for c in 0..<channels {
            let start = Float(left[c])
            target[c] = start + (Float(right[c]) - start) * share
        }
        target += channels
    }
}

private func blend(
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>, share: Float,
    to output: UnsafeMutablePointer<Float>, count: Int
) {
    if share == 0 || first == second {
        output.update(from: first, count: count)
    } else {
        for i in 0..<count { output[i] = first[i] + (second[i] - first[i]) * share }
    }
}
