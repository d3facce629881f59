extension ImageOrientation {
    /// The orientation in the first directory of an EXIF block, or nil where it has none that is valid.
    ///
    /// - Parameter exif: The TIFF structure: from its byte order mark (`II` or `MM`) on.
    init?(exif: ArraySlice<UInt8>) {
        let start = exif.startIndex
        let isLittleEndian: Bool
        if exif.starts(with: [0x49, 0x49, 0x2A, 0x00]) {
            isLittleEndian = true
        } else if exif.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
            isLittleEndian = false
        } else {
            return nil
        }
        func number(at offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset + count <= exif.count else { return nil }
            let bytes = exif[start + offset..<start + offset + count]
            return isLittleEndian
                ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(at: 4, bytes: 4), let entries = number(at: directory, bytes: 2) else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = number(at: offset, bytes: 2) else { return nil }
            if tag == 0x0112 {
                // Stored as SHORT (3); a few programs write LONG (4) or BYTE (1).
                let width = [1: 1, 3: 2, 4: 4][number(at: offset + 2, bytes: 2) ?? 0] ?? 2
                guard let value = number(at: offset + 8, bytes: width) else { return nil }
                self.init(rawValue: value)
                return
            }
        }
        return nil
    }
}
