extension StoredTensor {
    /// The elements in C order as single precision: half and brain floats widen exactly, doubles round to nearest.
    ///
    /// One copy of the tensor; `withUnsafeFloats` needs none where the file allows it.
    ///
    /// - Throws: `CheckpointError` when the tensor holds integers or booleans.
    public func floats() throws(CheckpointError) -> [Float] {
        guard scalarType.isFloatingPoint else {
            throw unsuitable("holds \(scalarType) values where floating-point numbers are needed")
        }
        return withContiguousBytes { source in
            [Float](unsafeUninitializedCapacity: elementCount) { floats, count in
                count = elementCount
                switch scalarType {
                case .float32:
                    UnsafeMutableRawBufferPointer(floats).copyMemory(from: source)
                case .float64:
                    for index in 0..<count {
                        floats[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
                    }
                case .bfloat16:
                    for index in 0..<count {
                        let bits = UInt32(source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
                        floats[index] = Float(bitPattern: bits << 16)
                    }
                default:
                    for index in 0..<count {
                        floats[index] = Self.float(
                            halfBits: source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
                    }
                }
            }
        }
    }

    /// The elements in C order as integers; booleans become 0 and 1.
    ///
    /// - Throws: `CheckpointError` when the tensor holds floating-point numbers, or a value beyond `Int64`.
    public func integers() throws(CheckpointError) -> [Int64] {
        let values: [Int64?] = withContiguousBytes { source in
            func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> [Int64?] {
                (0..<elementCount).map {
                    Int64(exactly: source.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: type))
                }
            }
            switch scalarType {
            case .bool: return source.map { $0 == 0 ? 0 : 1 }
            case .uint8: return load(UInt8.self)
            case .int8: return load(Int8.self)
            case .uint16: return load(UInt16.self)
            case .int16: return load(Int16.self)
            case .uint32: return load(UInt32.self)
            case .int32: return load(Int32.self)
            case .uint64: return load(UInt64.self)
            case .int64: return load(Int64.self)
            case .float16, .bfloat16, .float32, .float64: return [nil]
            }
        }
        let integers = values.compactMap { $0 }
        guard integers.count == values.count else {
            throw unsuitable("holds \(scalarType) values that are not 64-bit integers")
        }
        return integers
    }

    /// Calls `body` with the floats where they lie in the file, if they can be used as they are.
    ///
    /// - Returns: nil, without calling `body`, unless the tensor is contiguous little-endian `float32` that is
    ///   aligned for `Float`. Files of the oldest PyTorch format are rarely aligned; `floats()` reads them.
    public func withUnsafeFloats<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result? {
        guard scalarType == .float32, !isByteSwapped, isContiguous else { return nil }
        guard let base = bytes.baseAddress else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
        guard UInt(bitPattern: base) % UInt(MemoryLayout<Float>.alignment) == 0 else { return nil }
        return try bytes.withMemoryRebound(to: Float.self) { try body($0) }
    }

    /// Calls `body` with the elements in C order, little-endian: the mapped bytes themselves where they already
    /// lie so, a temporary copy otherwise.
    public func withContiguousBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        if isContiguous, !isByteSwapped { return try body(bytes) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
        defer { copy.deallocate() }
        switch scalarType.byteCount {
        case 1: gather(UInt8.self, into: copy)
        case 2: gather(UInt16.self, into: copy)
        case 4: gather(UInt32.self, into: copy)
        default: gather(UInt64.self, into: copy)
        }
        return try body(UnsafeRawBufferPointer(copy))
    }

    private func gather<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ type: Bits.Type, into copy: UnsafeMutableRawBufferPointer
    ) {
        guard elementCount > 0 else { return }
        let width = MemoryLayout<Bits>.size
        let inner = shape.last ?? 1
        let innerStride = strides.last ?? 0
        var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
        var start = 0
        var written = 0
        while true {
            for step in 0..<inner {
                let bits = bytes.loadUnaligned(fromByteOffset: (start + step * innerStride) * width, as: type)
                copy.storeBytes(of: isByteSwapped ? bits.byteSwapped : bits, toByteOffset: written, as: type)
                written += width
            }
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                // Wrapping: the stride of a dimension of size 1 may be anything, and is taken back below.
                start &+= strides[axis]
                if index[axis] < shape[axis] { break }
                start &-= strides[axis] &* shape[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// Widens an IEEE 754 half. Written on bits because `Float16` does not exist on every platform.
    static func float(halfBits: UInt16) -> Float {
        let sign = UInt32(halfBits & 0x8000) << 16
        let exponent = UInt32(halfBits >> 10 & 0x1f)
        let fraction = UInt32(halfBits & 0x3ff)
        switch exponent {
        case 0:
            // Zero or subnormal: a count of 2^-24.
            let magnitude = Float(fraction) * 0x1p-24
            return sign == 0 ? magnitude : -magnitude
        case 31:
            return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
        default:
            return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The IEEE 754 half nearest to a number, ties to even.
    package static func halfBits(of value: Float) -> UInt16 {
        let bits = value.bitPattern, sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        let magnitude = Float(bitPattern: bits & 0x7fff_ffff)
        if magnitude.isNaN { return sign | 0x7e00 }
        // From half a step above the greatest half on.
        if magnitude >= 65_520 { return sign | 0x7c00 }
        if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
        let rounded = magnitude.bitPattern + 0xfff + (magnitude.bitPattern >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded - (112 << 23)) >> 13)
    }

    /// The number that 16 bits keep of one: of an IEEE 754 half, or of a bfloat16.
    package static func rounded(_ value: Float, toHalf isHalf: Bool) -> Float {
        if isHalf { return float(halfBits: halfBits(of: value)) }
        guard !value.isNaN else { return value }
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
    }

    private func unsuitable(_ detail: String) -> CheckpointError {
        CheckpointError(path: path, reason: .unsuitableTensor(name: name, detail: detail))
    }
}
